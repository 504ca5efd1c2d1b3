import { expect, it } from 'vitest';
import { readJson, reasonOf } from './http.ts';

it.each<[string, BodyInit | null, unknown]>([
  ['JSON', '{"a":[1]}', { a: [1] }],
  ['a page', '<html>', undefined],
  ['half of it', '{"a":', undefined],
  ['nothing', null, undefined],
])('an answer with %s is read', async (_name, body, expected) => {
  expect(await readJson(new Response(body))).toEqual(expected);
});

it('a failure is told by its code, and nothing of the address', async () => {
  const secret = 'http://127.0.0.1:9/secret';
  const refused: unknown = await fetch(secret).catch((cause: unknown) => cause);
  const redirected = new TypeError(`unexpected redirect of ${secret}`);
  const late = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  expect([refused, redirected, late, 'thrown'].map(reasonOf)).toEqual([
    expect.stringMatching(/^(ECONNREFUSED|no connection)$/u),
    'no connection',
    'it took too long',
    'unknown',
  ]);
});
