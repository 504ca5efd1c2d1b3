import { expect, it } from 'vitest';
import { CsvFault, readAnyCsv, readCsv } from './read-csv.ts';

async function* bytesOf(text: string, pieceBytes = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'utf8');
  for (let offset = 0; offset < bytes.length; offset += pieceBytes)
    yield bytes.subarray(offset, offset + pieceBytes);
}

async function collect(records: AsyncIterable<readonly string[]>): Promise<(readonly string[])[]> {
  const list: (readonly string[])[] = [];
  for await (const record of records) list.push(record);
  return list;
}

const all = (text: string): Promise<(readonly string[])[]> => collect(readCsv(bytesOf(text)));

it('reads cells, quotes, line ends of either kind, and a byte order mark', async () => {
  expect(await all('﻿a,b\r\n"x, ""y""",São José\n\n1,"two\nlines"')).toEqual([
    ['a', 'b'],
    ['x, "y"', 'São José'],
    ['1', 'two\nlines'],
  ]);
});

it('gives records as they are, with more cells or fewer', async () => {
  expect(await all('a,b\n1\n1,2,3\n')).toEqual([['a', 'b'], ['1'], ['1', '2', '3']]);
});

it.each([
  [
    'commas',
    '\ufeffa,b\r\n1;5,2\r\n',
    [
      ['a', 'b'],
      ['1;5', '2'],
    ],
  ],
  [
    'semicolons',
    '\ufeffa;b\r\n1,5;"2;3"\r\n',
    [
      ['a', 'b'],
      ['1,5', '2;3'],
    ],
  ],
  [
    'tabs',
    'a\tb\n1,5\t2',
    [
      ['a', 'b'],
      ['1,5', '2'],
    ],
  ],
  ['one column', 'a\n1;2', [['a'], ['1;2']]],
  ['nothing', '', []],
])('reads tables with %s', async (_, text, records) => {
  for (const pieceBytes of [1, 7, 1000]) {
    expect(await collect(readAnyCsv(bytesOf(text, pieceBytes)))).toEqual(records);
  }
});

it('looks no further for the end of the first line than a record may be long, and lets go of the sender', async () => {
  let given = 0;
  let isLetGo = false;
  const endless = (async function* () {
    try {
      for (;;) {
        given += 1;
        yield await Promise.resolve(Buffer.alloc(4096, 'x'));
      }
    } finally {
      isLetGo = true;
    }
  })();
  await expect(collect(readAnyCsv(endless))).rejects.toBeInstanceOf(CsvFault);
  expect(given).toBeLessThan(64);
  expect(isLetGo).toBe(true);
});

it('gives what stood before a quote that never ends', async () => {
  const seen: (readonly string[])[] = [];
  const reading = (async () => {
    for await (const record of readCsv(bytesOf(`a\n1\n"${'x'.repeat(200_000)}`, 4096))) seen.push(record);
  })();
  await expect(reading).rejects.toBeInstanceOf(CsvFault);
  expect(seen).toEqual([['a'], ['1']]);
});

it('passes on that the sender is gone', async () => {
  const cut = (async function* () {
    yield Buffer.from('a\n1\n');
    throw new TypeError('the line is cut');
  })();
  await expect(collect(readCsv(cut))).rejects.toThrow('the line is cut');
});

it('reads no further than it is asked to', async () => {
  let given = 0;
  const endless = (async function* () {
    for (;;) {
      given += 1;
      yield Buffer.from('1,2,3\n'.repeat(1000));
    }
  })();
  for await (const record of readCsv(endless)) {
    expect(record).toEqual(['1', '2', '3']);
    break;
  }
  expect(given).toBeLessThan(50);
});
