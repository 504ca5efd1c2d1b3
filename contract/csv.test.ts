import { expect, it } from 'vitest';
import { csvLine } from './csv.ts';

it.each([
  ['plain', 'plain'],
  ['', ''],
  [null, ''],
  [12.5, '12.5'],
  [-3, '-3'],
  [Number.NaN, ''],
  [true, 'TRUE'],
  ['a,b', '"a,b"'],
  ['say "ah"', '"say ""ah"""'],
  ['two\r\nlines', '"two\r\nlines"'],
  [' padded ', '" padded "'],
  ['São José', 'São José'],
])('%j becomes %j', (cell, text) => {
  expect(csvLine([cell])).toBe(`${text}\r\n`);
});

it.each([
  ['=1+1', "'=1+1"],
  ['+49 89', "'+49 89"],
  ['-2', "'-2"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1+1', "'\t=1+1"],
  ['  =1+1', "'  =1+1"],
  ['\r=1+1', '"\'\r=1+1"'],
  ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
])('a spreadsheet does not run %j', (cell, text) => {
  expect(csvLine([cell])).toBe(`${text}\r\n`);
});

it('separates cells by commas and ends the line', () => {
  expect(csvLine(['a', 1, null, false])).toBe('a,1,,FALSE\r\n');
});
