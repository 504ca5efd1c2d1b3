import { describe, expect, it } from 'vitest';
import { readListing } from './listing.ts';

const listingOf = (text: string, set?: string): unknown => {
  const listing = readListing(text, set === undefined ? {} : { set });
  return listing.ok ? listing.value : listing.refusal.what;
};

describe('a list of recordings', () => {
  it('takes path, subject and label from among other columns, in any order', () => {
    expect(listingOf('task,label,Subject,PATH\nvowel,1,p1,a.wav\nvowel,0,p2,b.wav\n')).toEqual({
      recordings: [
        { line: 2, path: 'a.wav', subject: 'p1', label: '1' },
        { line: 3, path: 'b.wav', subject: 'p2', label: '0' },
      ],
      defects: [],
      namesSubjects: true,
    });
  });

  it('takes file_path and class, and then each file is a subject of its own', () => {
    expect(listingOf('file_path,class,sexo\na.wav,1,F\n')).toEqual({
      recordings: [{ line: 2, path: 'a.wav', subject: 'a.wav', label: '1' }],
      defects: [],
      namesSubjects: false,
    });
  });

  it('keeps the rows of one set only', () => {
    const text = 'set,path,subject,label\nx,a.wav,p1,1\ny,b.wav,p2,0\nx,c.wav,p3,0\n';
    expect(listingOf(text, 'x')).toMatchObject({ recordings: [{ path: 'a.wav' }, { path: 'c.wav' }] });
    expect(listingOf(text, 'z')).toBe('the CSV has no set "z"');
    expect(listingOf(text)).toBe('the CSV holds several sets');
    expect(listingOf('path,label\na,1\n', 'x')).toBe('the CSV has no column "set"');
  });

  it('names every row that gives no recording, and keeps the others', () => {
    const text = 'path,subject,label\n,p1,1\na.wav,,1\nb.wav,p2,\nc.wav,p3\nd.wav,p4,0\n';
    expect(listingOf(text)).toEqual({
      recordings: [{ line: 6, path: 'd.wav', subject: 'p4', label: '0' }],
      defects: [
        { name: 'line 2', reason: 'no path' },
        { name: 'a.wav', reason: 'line 3 has no subject' },
        { name: 'b.wav', reason: 'line 4 has no label' },
        { name: 'c.wav', reason: 'line 5 has 2 cells, the header has 3' },
      ],
      namesSubjects: true,
    });
  });

  it.each([
    ['', 'the CSV has no rows'],
    ['path,label\n', 'the CSV has no rows'],
    ['subject,label\np,1\n', 'the CSV has no column "path" or "file_path" (found: subject, label)'],
    ['path,subject\na,p\n', 'the CSV has no column "label" or "class" (found: path, subject)'],
    ['path,label,label\na,1,1\n', 'the column "label" stands twice'],
    ['path,file_path,label\na,a,1\n', 'the CSV has both "path" and "file_path"'],
  ])('refuses %j', (text, what) => {
    expect(listingOf(text)).toBe(what);
  });
});
