import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { accountIdSchema } from '../../../contract/ids.ts';
import { modelManifestSchema } from '../../../contract/model-manifest.ts';
import { trainingConfigurationSchema } from '../../../contract/training/configuration.ts';
import type { Person } from '../../../contract/training/release.ts';
import type { RunRecord, Side, StepOutputs, TrainingStep } from '../../../contract/training/run.ts';
import { refuse, type Outcome } from '../../core/outcome.ts';
import { memoryContents } from '../../ports/contents.memory.ts';
import { memoryDecisions } from '../../ports/decisions.memory.ts';
import type { ModelFiles } from '../../ports/model-folders.ts';
import { memoryModelRegistry } from '../../ports/model-registry.memory.ts';
import type { Account } from '../../ports/model-registry.ts';
import { memoryRuns } from '../../ports/runs.memory.ts';
import { evaluateStep } from '../steps/evaluate-step.ts';
import { featuresStep } from '../steps/features-step.ts';
import { fitStep } from '../steps/fit-step.ts';
import { packageStep } from '../steps/package-step.ts';
import { hashJson, snapshotStep } from '../steps/snapshot-step.ts';
import { splitStep } from '../steps/split-step.ts';
import { approveRun } from './approve-run.ts';
import { judgeRun } from './judge-run.ts';
import { publishRun, type PublishPorts } from './publish-run.ts';

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const toBytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const toText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const surroundings = { now: () => new Date('2026-11-21T12:00:00.000Z'), sha256, toBytes, toText };

const accountOf = (username: string, digit: number): Account => ({
  kind: 'account',
  id: accountIdSchema.parse(`01900000-0000-7000-8000-00000000000${digit}`),
  username,
  registry: 'https://registry.example',
});
const [root, ada, grace] = [accountOf('root', 1), accountOf('ada', 2), accountOf('grace', 3)];

const manifest = modelManifestSchema.parse(
  JSON.parse(
    readFileSync(
      new URL('../../../resources/models/sustained-vowel-demonstration/manifest.json', import.meta.url),
      'utf8',
    ),
  ),
);
const configuration = trainingConfigurationSchema.parse({
  data: { kind: 'csv', file: 'list.csv' },
  evaluate: { replicates: 100, permutedFits: 0 },
  gate: {
    noise: { whenUnknown: 'pass' },
    permuted: { whenMissing: 'pass' },
    shortcuts: 'warn',
    thresholds: 'warn',
  },
  model: { name: manifest.name, version: manifest.version, recording: 'sustentada' },
});

const count = 36;
const sideOf = (i: number): Side => (['training', 'validation', 'test'] as const)[i % 3]!;
const isPositive = (i: number): boolean => i % 2 === 0;
const recordings = Array.from({ length: count }, (_, i) => ({
  name: `${i}.wav`,
  subject: `p${i}`,
  isPositive: isPositive(i),
  fileSha256: sha256(`file ${i}`),
  audioSha256: sha256(`audio ${i}`),
  samples: { sha256: sha256(`samples ${i}`), sizeBytes: 4 },
  durationS: 1,
  sampleRateHz: 16_000,
  source: 'wav',
  labelSource: 'list.csv',
  groups: {},
  loudnessDb: -20,
  noiseFloorDb: -60,
  silence: 0.1,
}));
const outputs = {
  snapshot: {
    'snapshot.json': {
      format: 1,
      recordings,
      noises: [],
      exclusions: [],
      namesSubjects: true,
      cut: 0,
      dataHash: sha256('data'),
    },
  },
  split: {
    'split.json': {
      format: 1,
      subjects: Object.fromEntries(recordings.map(({ subject }, i) => [subject, sideOf(i)])),
      recordings: recordings.map((_, i) => sideOf(i)),
      noises: [],
      splitHash: sha256('split'),
    },
  },
  features: { 'features.json': {} },
  fit: {
    'fit.json': {
      ...{ format: 1, network: 'small', parameterCount: 1, bestEpoch: 0, bestLoss: 0.1, steps: 1 },
      ...{ stop: 'patience', curve: [] },
    },
  },
  evaluate: {
    'scores.json': {
      format: 1,
      scores: recordings.flatMap(({ audioSha256, subject }, i) =>
        sideOf(i) === 'training'
          ? []
          : [
              {
                ...{ recording: i, audioSha256, subject, side: sideOf(i), condition: 'clean' },
                isPositive: isPositive(i),
                score: isPositive(i) ? 0.9 : 0.1,
                windowScores: [],
              },
            ],
      ),
      permuted: [],
      production: { state: 'none', reason: 'the configuration names none' },
    },
  },
  package: { 'model/manifest.json': manifest, 'model/card.md': 'card' },
} satisfies Record<TrainingStep, object>;
const definitions = [snapshotStep, splitStep, featuresStep, fitStep, evaluateStep, packageStep];

interface Made {
  readonly ports: PublishPorts & {
    readonly registry: ReturnType<typeof memoryModelRegistry>;
    readonly runs: ReturnType<typeof memoryRuns>;
  };
  readonly lines: readonly string[];
}

/** A packaged run, as if it had been trained: its steps' outputs stand in the store. */
async function make(
  change: {
    outputs?: Partial<Record<TrainingStep, object>>;
    trainedBy?: readonly string[];
    keepers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Made> {
  const contents = memoryContents(sha256);
  const steps: RunRecord['steps'] = {};
  const all: StepOutputs = {};
  for (const step of definitions) {
    const own: StepOutputs = {};
    for (const [name, value] of Object.entries({ ...outputs[step.name], ...change.outputs?.[step.name] })) {
      const stored = await contents.put(toBytes(JSON.stringify(value)));
      if (stored.ok) own[name] = stored.value;
    }
    const at = '2026-11-21T11:00:00.000Z';
    steps[step.name] = {
      ...{ state: 'done', key: sha256(step.name), inputs: { ...all }, outputs: own, figures: {} },
      configurationSha256: hashJson({ surroundings }, step.part(configuration)),
      ...{ startedAt: at, finishedAt: at, codeVersion: 'spira 1', isReused: false },
    };
    Object.assign(all, own);
  }
  const runs = memoryRuns();
  await runs.create({
    ...{ format: 1, id: 'one', parent: null, createdAt: '2026-11-21T10:00:00.000Z', folder: '/data' },
    trainedBy: [...(change.trainedBy ?? ['grace'])],
    configuration,
    ...{ codeVersion: 'spira 1', codeSha256: sha256('code'), environment: {}, steps },
  });
  const lines: string[] = [];
  return {
    lines,
    ports: {
      runs,
      contents,
      surroundings,
      decisions: memoryDecisions(sha256),
      registry: memoryModelRegistry({
        me: root,
        accounts: [ada, grace],
        keepers: change.keepers ?? {},
        sha256,
        identify: async (packed) => ({
          name: manifest.name,
          version: manifest.version,
          sha256: (JSON.parse(toText(packed)) as { manifest: string }).manifest,
        }),
      }),
      signer: { sign: async () => ({ ok: true, value: { keyId: 'a'.repeat(16), signature: 's' } }) },
      packages: {
        pack: async (files: ModelFiles) =>
          toBytes(JSON.stringify({ manifest: sha256(files.get('manifest.json')!) })),
      },
      progress: (line) => lines.push(line),
    },
  };
}
const request = { id: 'one', why: 'for the study' };
const approve = (ports: PublishPorts, by: Person = ada) =>
  approveRun({ id: 'one', by, why: 'read it' }, ports);
const kinds = async ({ decisions }: PublishPorts): Promise<readonly string[]> => {
  const all = await decisions.list();
  return all.ok ? all.value.map(({ decision }) => decision.kind) : [];
};
const rulesOf = (outcome: Outcome<unknown>): readonly string[] =>
  outcome.ok ? [] : (outcome.refusal.items ?? []).map((item) => item.split(':')[0]!);

describe('a model that is published', () => {
  let made: Made;
  beforeEach(async () => {
    made = await make();
    await approve(made.ports);
  });

  it('is signed, sent once and pointed at, with reason and approver', async () => {
    const { ports } = made;
    expect(await publishRun(request, ports)).toMatchObject({
      ok: true,
      value: { alias: 'production', isUploaded: true, isRepeated: false },
    });
    expect(ports.registry.changes).toEqual([
      {
        alias: 'production',
        version: manifest.version,
        why: 'for the study (run one; approved by ada: read it)',
      },
    ]);
    expect(await publishRun(request, ports)).toMatchObject({ value: { isRepeated: true } });
    expect(ports.registry.uploads).toHaveLength(1);
    expect(await kinds(ports)).toEqual(['approval', 'gate', 'publication']);
  });

  it('is not sent again when it stopped before the alias', async () => {
    const { ports } = made;
    const broken = {
      ...ports,
      registry: { ...ports.registry, setAlias: async () => refuse('the line was cut', 'Again.') },
    };
    expect((await publishRun(request, broken)).ok).toBe(false);
    expect(await publishRun(request, ports)).toMatchObject({
      value: { isUploaded: false, isRepeated: false },
    });
    expect(ports.registry.uploads).toHaveLength(1);
    expect(ports.registry.changes).toHaveLength(1);
  });

  it('is noted later when it stopped before that was written down', async () => {
    const { ports } = made;
    const { decisions } = ports;
    const broken = {
      ...ports,
      decisions: {
        ...decisions,
        append: async (content: Parameters<typeof decisions.append>[0]) =>
          content.decision.kind === 'publication'
            ? refuse('the disk is full', 'Make room.')
            : decisions.append(content),
      },
    };
    expect((await publishRun(request, broken)).ok).toBe(false);
    expect(await kinds(ports)).toEqual(['approval', 'gate']);
    expect(await publishRun(request, ports)).toMatchObject({ value: { isRepeated: true } });
    expect(await publishRun(request, ports)).toMatchObject({ value: { isRepeated: true } });
    expect(await kinds(ports)).toEqual(['approval', 'gate', 'publication']);
  });

  it('is not sent where nobody signs it', async () => {
    const { ports } = made;
    const unsigned = { ...ports, signer: { sign: async () => refuse('there is no key', 'Make one.') } };
    expect(await publishRun(request, unsigned)).toMatchObject({ refusal: { what: 'there is no key' } });
    expect(ports.registry.uploads).toEqual([]);
  });

  it('waits while another process works on its run, and lets go of it afterwards', async () => {
    const { ports } = made;
    const claim = await ports.runs.claim('one');
    expect((await publishRun(request, ports)).ok).toBe(false);
    if (claim.ok) await claim.value.release();
    expect((await publishRun(request, ports)).ok).toBe(true);
    expect((await ports.runs.claim('one')).ok).toBe(true);
  });
});

describe('a model that is not published', () => {
  it('has no approval, or one by an account that the registry no longer knows', async () => {
    const { ports } = await make();
    const early = await publishRun(request, ports);
    expect(early).toMatchObject({ refusal: { kind: 'gate' } });
    expect(rulesOf(early)).toEqual(['approval']);
    await approve(ports, accountOf('gone', 9));
    expect(rulesOf(await publishRun(request, ports))).toEqual(['approval']);
    await approve(ports, { kind: 'named', name: 'somebody' });
    expect(rulesOf(await publishRun(request, ports))).toEqual(['approval']);
    expect(ports.registry.uploads).toEqual([]);
  });

  it('was approved by who keeps the run at the registry, whoever is said to have trained', async () => {
    const { ports } = await make({ keepers: { one: 'ada' } });
    await approve(ports);
    expect(rulesOf(await publishRun(request, ports))).toEqual(['approval']);
    await approve(ports, root);
    expect((await publishRun(request, ports)).ok).toBe(true);
  });

  it('was approved before it changed', async () => {
    const before = await make();
    await approve(before.ports);
    const after = await make({
      outputs: { package: { 'model/manifest.json': { ...manifest, licence: 'other' } } },
    });
    const { decisions } = before.ports;
    expect(rulesOf(await publishRun(request, { ...after.ports, decisions }))).toEqual(['approval']);
  });

  it('leaks, whatever the split step had said', async () => {
    const leaking = { ...outputs.split['split.json'], recordings: recordings.map((_, i) => sideOf(i)) };
    const twice = recordings.map((one, i) => (i === 1 ? { ...one, subject: 'p0' } : one));
    const { ports } = await make({
      outputs: {
        snapshot: { 'snapshot.json': { ...outputs.snapshot['snapshot.json'], recordings: twice } },
        split: { 'split.json': leaking },
      },
    });
    await approve(ports);
    expect(rulesOf(await publishRun(request, ports))).toEqual(['leak']);
  });

  it('has steps that were done of something else', async () => {
    const { ports } = await make();
    const record = await ports.runs.read('one');
    if (!record.ok || record.value === undefined) throw new Error('no run');
    const fit = { ...configuration.fit, seed: 2 };
    await ports.runs.save({ ...record.value, configuration: { ...configuration, fit } });
    expect(await publishRun(request, ports)).toMatchObject({
      refusal: { what: '"a release" needs "fit", which was done before something changed' },
    });
  });
});

describe('an approval', () => {
  it.each<[string, readonly string[], Person]>([
    ['by who trained', ['root', 'grace'], grace],
    ['by who trained under another spelling', ['grace'], { kind: 'named', name: 'Grace ' }],
    ['of a run that does not say who trained', [], ada],
  ])('%s is refused and noted', async (_name, trainedBy, by) => {
    const { ports } = await make({ trainedBy });
    expect(await approve(ports, by)).toMatchObject({ ok: false, refusal: { kind: 'gate' } });
    const all = await ports.decisions.list();
    expect(all.ok && all.value).toMatchObject([{ by, decision: { kind: 'approval', outcome: 'refused' } }]);
  });

  it('that was given is not noted twice', async () => {
    const { ports } = await make();
    await approve(ports);
    expect((await approve(ports)).ok).toBe(true);
    expect(await kinds(ports)).toEqual(['approval']);
  });
});

it('without a registry the gate takes named persons and notes its verdicts', async () => {
  const { ports } = await make();
  const by: Person = { kind: 'named', name: 'Grace' };
  expect(await judgeRun({ id: 'one', by }, ports)).toMatchObject({ value: { isPassed: false } });
  await approve(ports, { kind: 'named', name: 'Ada' });
  expect(await judgeRun({ id: 'one', by }, ports)).toMatchObject({ value: { isPassed: true } });
  const all = await ports.decisions.list();
  expect(all.ok && all.value.map(({ decision }) => ('outcome' in decision ? decision.outcome : ''))).toEqual([
    'refused',
    'given',
    'passed',
  ]);
});
