import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { licencesFile, thirdPartyText } from './licences.mjs';

describe('the list of libraries and their licences', () => {
  it('is what the installed packages say (else: node tools/setup/licences.mjs)', () => {
    expect(readFileSync(licencesFile, 'utf8')).toBe(thirdPartyText());
  });

  it('names licence and owner of every library, also of what is compiled into them', () => {
    const text = thirdPartyText();
    expect(text).toMatch(/\| codec-parser \| [\d.]+ \| LGPL-3\.0-or-later \| /);
    expect(text).toContain('| mpg123-decoder | libmpg123 | LGPL-2.1-only');
    expect(text).toMatch(/\| libflacjs \| [\d.]+ \| MIT \| Copyright \(c\) 2014-2020 DFKI GmbH/);
    expect(text).not.toMatch(/\| \? \|/);
  });
});
