import { expect, it } from 'vitest';
import { answers } from './fixtures/definitions.ts';
import { done, fill, person, readySession, ward } from './fixtures/workstation.ts';

const everything = { sort: { column: 'date', direction: 'ascending' } } as const;

/** Reads CSV back by the letter of RFC 4180, independent of how it was written. */
function parsed(csv: string): readonly Readonly<Record<string, string>>[] {
  const rows: string[][] = [[]];
  let cell = '';
  let isQuoted = false;
  const endCell = (): void => {
    rows.at(-1)?.push(cell);
    cell = '';
  };
  for (let at = 0; at < csv.length; at += 1) {
    const letter = csv[at] ?? '';
    if (isQuoted && letter === '"' && csv[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (letter === '"') isQuoted = !isQuoted;
    else if (!isQuoted && letter === ',') endCell();
    else if (!isQuoted && letter === '\r' && csv[at + 1] === '\n') {
      endCell();
      rows.push([]);
      at += 1;
    } else cell += letter;
  }
  expect(rows.pop()).toEqual([]);
  const [header = [], ...lines] = rows;
  expect(new Set(header).size).toBe(header.length);
  return lines.map((line) => {
    expect(line).toHaveLength(header.length);
    return Object.fromEntries(header.map((name, index) => [name, line[index] ?? '']));
  });
}

async function exported() {
  const station = await ward();
  const { world, clinician } = station;
  const older = await readySession(world, clinician, { kind: 'TEST' });
  await fill(world, clinician, older, { answers: { ...answers, rgh: '=HYPERLINK("http://x")' } });
  await done(world, clinician, 'sessions.complete', { sessionId: older });
  const newer = await readySession(world, clinician, {
    mode: 'collection',
    form: { id: 'patient', version: '1.1.0' },
  });
  await fill(world, clinician, newer, { answers: { ...answers, weight: 70.5, remark: 'says "ah", twice' } });
  await done(world, clinician, 'sessions.complete', { sessionId: newer });
  const researcher = await person(world, station.it, 'rita', ['researcher']);
  const { fileName, csv } = await done(world, researcher, 'sessions.export', everything);
  return { ...station, researcher, older, newer, fileName, csv, rows: parsed(csv) };
}

it('has one row per session and one column per field over all versions of the form', async () => {
  const { rows, older, newer } = await exported();
  expect(rows).toMatchObject([
    { session: older, form_version: '1.0.0', 'answer.age': '61', 'answer.weight': '', 'answer.remark': '' },
    {
      session: newer,
      form_version: '1.1.0',
      'answer.age': '61',
      'answer.weight': '70.5',
      'answer.remark': 'says "ah", twice',
    },
  ]);
});

it('marks test sessions', async () => {
  const { rows } = await exported();
  expect(rows.map((row) => [row['kind'], row['is_test']])).toEqual([
    ['TEST', 'TRUE'],
    ['PATIENT', 'FALSE'],
  ]);
});

it('gives decisions with model and version, hashes of recordings, and reasons for what was left out', async () => {
  const { rows, store, older } = await exported();
  const vowel = store
    .read((transaction) => transaction.takes.ofSession(older))
    .find((take) => take.stepKey === 'sustentada');
  expect(rows[0]).toMatchObject({
    'model.breath@1.0.0.decision': 'inconclusive',
    'model.breath@1.0.0.status': 'completed',
    'recording.sustentada.sha256': vowel?.sha256,
    'recording.sustentada.seconds': '2',
    'recording.frase.left_out': 'cannot-read',
    'recording.frase.take': '',
    consent_text: 'consent-text',
    consent_purposes: 'care; research',
  });
  expect(rows[1]).toMatchObject({ 'model.breath@1.0.0.decision': '' });
});

it('holds nothing of the spoken consent', async () => {
  const { csv, store, older } = await exported();
  const consent = store
    .read((transaction) => transaction.takes.ofSession(older))
    .find((take) => take.stepKey === 'aceite');
  expect(csv).not.toContain(consent?.id);
  expect(csv.split('\r\n')[0]).not.toContain('aceite');
});

it('gives a spreadsheet nothing to run', async () => {
  const { rows } = await exported();
  expect(rows[0]).toMatchObject({
    record_number: '\'=HYPERLINK("http://x")',
    'answer.rgh': '\'=HYPERLINK("http://x")',
  });
});

it('is named without a patient, and written down for each session and as a whole', async () => {
  const { fileName, store, older, newer } = await exported();
  expect(fileName).toBe('spira-sessions-20260309T1200Z.csv');
  for (const id of [older, newer]) {
    const entries = store.read((transaction) => transaction.audit.ofSession(id));
    expect(entries.at(-1)).toMatchObject({ action: 'session-exported', by: 'rita' });
  }
  const [entry] = store.read((transaction) => transaction.audit.list({ limit: 1 }));
  expect(entry).toMatchObject({ action: 'session-exported', sessionId: null, details: { sessions: 2 } });
});

it('follows filter and search', async () => {
  const { world, researcher, newer } = await exported();
  const filtered = async (query: object) =>
    parsed((await done(world, researcher, 'sessions.export', { ...everything, ...query })).csv).map(
      (row) => row['session'],
    );
  expect(await filtered({ filter: { kinds: ['PATIENT'] } })).toEqual([newer]);
  expect(await filtered({ search: 'a-17' })).toEqual([newer]);
  expect(await filtered({ search: 'nobody' })).toEqual([]);
});
