import { expect, it } from 'vitest';
import { browserArguments } from './browser.ts';

it('opens one private window of its own profile, which leaves nothing of a patient on the disk', () => {
  const given = browserArguments('http://x.localhost:1/enter?code=y', '/data/browser');
  expect(given).toEqual(
    expect.arrayContaining([
      '--app=http://x.localhost:1/enter?code=y',
      '--user-data-dir=/data/browser',
      '--incognito',
      '--inprivate',
      '--disable-sync',
      '--disable-extensions',
    ]),
  );
});
