import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeRuns } from '../../ports/runs.contract.ts';
import { diskRuns } from './runs.ts';

describeRuns('runs on disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spira-runs-'));
  return { runs: diskRuns(folder), discard: () => rm(folder, { recursive: true, force: true }) };
});

it('refuses a record that is not one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spira-runs-'));
  try {
    await mkdir(join(folder, 'one'));
    await writeFile(join(folder, 'one', 'run.json'), '{"format":1}');
    expect(await diskRuns(folder).read('one')).toMatchObject({ ok: false });
    expect(await diskRuns(folder).list()).toMatchObject({ ok: false });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
