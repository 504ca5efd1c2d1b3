import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { whatIsMissing } from './install.mjs';

const library = 'node_modules/zod';

describe('the question whether an install is needed', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'spira-install-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const lock = (packages: object): void =>
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
  const installed = (packages: object): void => {
    mkdirSync(join(folder, library), { recursive: true });
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
  };

  it('says no when every library of the lock file is there in its version', () => {
    lock({ '': {}, [library]: { version: '1.0.0' } });
    installed({ [library]: { version: '1.0.0' } });
    expect(whatIsMissing(folder)).toBeNull();
  });

  it('says no when only a library for another platform is missing', () => {
    lock({
      '': {},
      [library]: { version: '1.0.0' },
      'node_modules/other': { version: '2.0.0', optional: true },
    });
    installed({ [library]: { version: '1.0.0' } });
    expect(whatIsMissing(folder)).toBeNull();
  });

  it('says yes on a fresh clone', () => {
    lock({ '': {}, [library]: { version: '1.0.0' } });
    expect(whatIsMissing(folder)).toBe('first start');
  });

  it('says yes after an install that was interrupted', () => {
    lock({ '': {}, [library]: { version: '1.0.0' } });
    mkdirSync(join(folder, library), { recursive: true });
    expect(whatIsMissing(folder)).toBe('the last install did not finish');
  });

  it('says yes when the lock file has moved on', () => {
    lock({ '': {}, [library]: { version: '1.1.0' } });
    installed({ [library]: { version: '1.0.0' } });
    expect(whatIsMissing(folder)).toContain('from 1.0.0 to 1.1.0');
  });

  it('says yes when a library was added, or its folder has gone', () => {
    lock({ '': {}, [library]: { version: '1.0.0' }, 'node_modules/added': { version: '1.0.0' } });
    installed({ [library]: { version: '1.0.0' } });
    expect(whatIsMissing(folder)).toBe('node_modules/added is new');

    lock({ '': {}, [library]: { version: '1.0.0' } });
    rmSync(join(folder, library), { recursive: true });
    expect(whatIsMissing(folder)).toBe('node_modules/zod has disappeared');
  });
});
