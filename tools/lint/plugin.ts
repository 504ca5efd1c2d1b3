import type { ESLint } from 'eslint';
import { ipcInOneFile } from './ipc-in-one-file.ts';
import { namedExports } from './named-exports.ts';
import { noHardCodedText } from './no-hard-coded-text.ts';
import { pureAndSynchronous } from './pure-and-synchronous.ts';
import { reasonForSuppression } from './reason-for-suppression.ts';

/** The rules of this project that no published plugin has. */
export const spiraRules: ESLint.Plugin = {
  meta: { name: 'spira', version: '1' },
  rules: {
    'ipc-in-one-file': ipcInOneFile,
    'named-exports': namedExports,
    'no-hard-coded-text': noHardCodedText,
    'pure-and-synchronous': pureAndSynchronous,
    'reason-for-suppression': reasonForSuppression,
  },
};
