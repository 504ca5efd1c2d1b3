import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { spiraRules } from './tools/lint/plugin.ts';

const tests = ['**/*.test.ts', '**/*.test.tsx', '**/*.contract.ts', 'e2e/**'];
const toolConfiguration = ['*.config.ts', '*.mjs', '*/*.config.ts'];

export default defineConfig([
  globalIgnores([
    '**/node_modules',
    'dist',
    'build',
    'coverage',
    'test-results',
    '**/fixtures/**',
    '**/gen/**',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.tsx', '**/*.mjs'],
    extends: [tseslint.configs.recommended],
    plugins: { spira: spiraRules },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[object.name=/^(it|test|describe|suite)$/][property.name="only"]',
          message: 'A focused test hides all the others: remove .only.',
        },
      ],
      'spira/reason-for-suppression': 'error',
      'spira/named-exports': 'error',
      'spira/ipc-in-one-file': 'error',
      '@typescript-eslint/ban-ts-comment': [
        'error',
        {
          'ts-expect-error': 'allow-with-description',
          'ts-ignore': true,
          'ts-nocheck': true,
          minimumDescriptionLength: 10,
        },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    // One program for every file: a project per room would check what the rooms share once for each of them.
    languageOptions: {
      parserOptions: { project: ['tsconfig.lint.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        {
          allowDefaultCaseForExhaustiveSwitch: true,
          considerDefaultExhaustiveForUnions: false,
          requireDefaultForNonUnion: true,
        },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
    },
  },
  {
    files: ['contract/**/*.ts', '*/core/**/*.ts'],
    ignores: tests,
    rules: { 'spira/pure-and-synchronous': 'error' },
  },
  {
    files: ['main/hosts/electron/ipc.ts', 'preload/bridge.ts', 'tools/lint/ipc-in-one-file.ts', ...tests],
    rules: { 'spira/ipc-in-one-file': 'off' },
  },
  {
    files: ['renderer/**/*.ts', 'renderer/**/*.tsx'],
    plugins: { 'react-hooks': reactHooks },
    rules: { 'react-hooks/rules-of-hooks': 'error', 'react-hooks/exhaustive-deps': 'error' },
  },
  {
    files: ['renderer/**/*.tsx'],
    ignores: tests,
    rules: { 'spira/no-hard-coded-text': 'error' },
  },
  { files: toolConfiguration, rules: { 'spira/named-exports': 'off' } },
]);
