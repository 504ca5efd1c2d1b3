import type { Json } from '../../../contract/canonical-json.ts';
import { scoresSchema, type RunRecord, type Scores } from '../../../contract/training/run.ts';
import { deLong, mcNemar, type DeLong, type McNemar, type PairedScore } from '../../core/compare/paired.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Contents } from '../../ports/contents.ts';
import type { Runs } from '../../ports/runs.ts';
import type { Surroundings } from '../../ports/surroundings.ts';
import { readInput } from './step.ts';

export interface RunComparison {
  /** Places of the configuration that differ, with both values as JSON. */
  readonly configuration: readonly {
    readonly place: string;
    readonly first: string;
    readonly second: string;
  }[];
  /** All figures of either run; undefined where one has not got it. */
  readonly figures: readonly {
    readonly name: string;
    readonly first: number | string | undefined;
    readonly second: number | string | undefined;
  }[];
  /** On test recordings that both have, without noise; undefined where there are none. */
  readonly paired:
    { readonly recordings: number; readonly calls: McNemar; readonly areas?: DeLong } | undefined;
}

interface ComparePorts {
  readonly runs: Pick<Runs, 'read'>;
  readonly contents: Pick<Contents, 'get'>;
  readonly surroundings: Pick<Surroundings, 'toText'>;
}

/** Two runs side by side. */
export async function compareRuns(
  firstId: string,
  secondId: string,
  ports: ComparePorts,
): Promise<Outcome<RunComparison>> {
  const records: RunRecord[] = [];
  const scores: (Scores | undefined)[] = [];
  for (const id of [firstId, secondId]) {
    const record = await ports.runs.read(id);
    if (!record.ok) return record;
    if (record.value === undefined) return refuse(`there is no run ${id}`, '"runs" lists what there is.');
    records.push(record.value);
    const own = await scoresOf(record.value, ports);
    if (!own.ok) return own;
    scores.push(own.value);
  }
  const [first, second] = records as [RunRecord, RunRecord];
  const places = [
    flatten(first.configuration as unknown as Json),
    flatten(second.configuration as unknown as Json),
  ];
  const figures = [figuresOf(first), figuresOf(second)];
  return done({
    configuration: keysOf(places)
      .map((place) => ({
        place,
        first: places[0]!.get(place) ?? 'absent',
        second: places[1]!.get(place) ?? 'absent',
      }))
      .filter((one) => one.first !== one.second),
    figures: keysOf(figures).map((name) => ({
      name,
      first: figures[0]!.get(name),
      second: figures[1]!.get(name),
    })),
    paired: pairUp(scores[0], scores[1]),
  });
}

/** All figures of the steps that are done, by `step figure`. */
export function figuresOf({ steps }: RunRecord): ReadonlyMap<string, number | string> {
  return new Map(
    Object.entries(steps).flatMap(([step, record]) =>
      record.state === 'done'
        ? Object.entries(record.figures).map(([name, value]) => [`${step} ${name}`, value] as const)
        : [],
    ),
  );
}

async function scoresOf({ steps }: RunRecord, ports: ComparePorts): Promise<Outcome<Scores | undefined>> {
  const { evaluate } = steps;
  if (evaluate?.state !== 'done') return done(undefined);
  return readInput({ inputs: evaluate.outputs, ports }, 'scores.json', scoresSchema);
}

function pairUp(first: Scores | undefined, second: Scores | undefined): RunComparison['paired'] {
  const testOf = (scores: Scores | undefined) =>
    (scores?.scores ?? []).filter(({ side, condition }) => side === 'test' && condition === 'clean');
  const others = new Map(testOf(second).map((one) => [one.audioSha256, one]));
  const pairs = testOf(first).flatMap(({ audioSha256, isPositive, score }): PairedScore[] => {
    const other = others.get(audioSha256);
    return other?.isPositive === isPositive ? [{ isPositive, first: score, second: other.score }] : [];
  });
  if (pairs.length === 0) return undefined;
  const areas = deLong(pairs);
  return { recordings: pairs.length, calls: mcNemar(pairs), ...(areas === undefined ? {} : { areas }) };
}

function keysOf(maps: readonly ReadonlyMap<string, unknown>[]): readonly string[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))];
}

/** Every leaf by its place, as in `fit.seed`. */
function flatten(value: Json, place = ''): ReadonlyMap<string, string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return new Map([[place, JSON.stringify(value)]]);
  }
  return new Map(
    Object.entries(value).flatMap(([key, member]) => [
      ...flatten(member as Json, place === '' ? key : `${place}.${key}`),
    ]),
  );
}
