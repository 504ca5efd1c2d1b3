import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decisionContent, describeDecisions } from '../../ports/decisions.contract.ts';
import { diskDecisions } from './decisions.ts';

describeDecisions('the log on disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spira-decisions-'));
  return {
    decisions: diskDecisions(join(folder, 'deep', 'decisions.jsonl')),
    discard: () => rm(folder, { recursive: true, force: true }),
  };
});

describe('the log on disk', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spira-decisions-'));
    path = join(folder, 'decisions.jsonl');
    for (const why of ['a', 'b', 'c']) await diskDecisions(path).append(decisionContent(why));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('goes on behind a line that a killed process left unfinished', async () => {
    await appendFile(path, '{"format":1,"sequ');
    expect(await diskDecisions(path).append(decisionContent('d'))).toMatchObject({ value: { sequence: 4 } });
    const listed = await diskDecisions(path).list();
    expect(listed.ok && listed.value).toHaveLength(4);
  });

  it('is refused, and not written to, once an entry was changed or taken out', async () => {
    const text = await readFile(path, 'utf8');
    for (const spoilt of [
      text.replace('"why":"b"', '"why":"x"'),
      text.split('\n').toSpliced(1, 1).join('\n'),
    ]) {
      await writeFile(path, spoilt);
      expect(await diskDecisions(path).list()).toMatchObject({
        refusal: { what: expect.stringContaining('entry 2 does not follow') as string },
      });
      expect((await diskDecisions(path).append(decisionContent('d'))).ok).toBe(false);
      expect(await readFile(path, 'utf8')).toBe(spoilt);
    }
  });
});
