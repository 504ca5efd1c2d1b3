import { models } from './models.ts';
import { newSession } from './new-session.ts';
import { problems } from './problems.ts';
import { research } from './research.ts';
import { sessions } from './sessions.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { sync } from './sync.ts';
import { words } from './words.ts';

export const es = {
  ...shell,
  ...words,
  ...sessions,
  ...models,
  ...settings,
  ...problems,
  ...newSession,
  ...sync,
  ...research,
};
