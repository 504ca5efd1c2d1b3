/** Who is trained on, who decides when to stop, who is tested: by participant, never by recording. */
import type { SplitPlan } from '../../../contract/training/configuration.ts';
import type { Side, SnapshotRecording } from '../../../contract/training/run.ts';
import { sides } from '../../../contract/training/run.ts';
import { parseCsv } from '../data/csv.ts';
import { planFolds, type FoldPlan } from '../fit/folds.ts';
import { seededRandom } from '../fit/random.ts';
import { done, refuse, type Outcome } from '../outcome.ts';

type Splittable = Pick<SnapshotRecording, 'subject' | 'isPositive' | 'audioSha256' | 'name'>;

/** The side of each subject. */
export type SubjectSides = Readonly<Record<string, Side>>;

/** Sides by seed and shares within each class, or by the lists of the configuration. */
export function planSplit(
  recordings: readonly Splittable[],
  plan: Exclude<SplitPlan, { kind: 'given' | 'folds' }>,
): Outcome<SubjectSides> {
  const kinds = kindsOf(recordings);
  if (plan.kind === 'subjects') return splitByLists([...kinds.keys()], plan);
  const random = seededRandom(plan.seed);
  const strata = Map.groupBy([...kinds.keys()].sort(), (subject) => kinds.get(subject)!);
  const chosen: Record<string, Side> = Object.create(null) as Record<string, Side>;
  for (const kind of [...strata.keys()].sort()) {
    const shuffled = random.shuffled(strata.get(kind)!);
    const test = Math.max(1, Math.round(plan.test * shuffled.length));
    const validation = Math.max(1, Math.round(plan.validation * shuffled.length));
    if (shuffled.length - test - validation < 1) {
      return refuse(
        `${shuffled.length} participants (${kind}) are too few for three sides`,
        'Add participants, or name the sides yourself with a split of kind "subjects".',
        shuffled,
      );
    }
    shuffled.forEach((subject, index) => {
      chosen[subject] = index < test ? 'test' : index < test + validation ? 'validation' : 'training';
    });
  }
  return done(chosen);
}

/** Sides that a CSV `subject,side` gives. A subject on two sides is refused: that is a leak. */
export function readGivenSplit(text: string, source: string): Outcome<SubjectSides> {
  const parsed = parseCsv(text);
  if (!parsed.ok) return parsed;
  const [header, ...rows] = parsed.value;
  const names = header?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  const [subjectColumn, sideColumn] = [names.indexOf('subject'), names.indexOf('side')];
  if (subjectColumn === -1 || sideColumn === -1) {
    return refuse(`${source} has no columns "subject" and "side"`, 'Name both in its first line.');
  }
  const given: Record<string, Side> = Object.create(null) as Record<string, Side>;
  const problems: string[] = [];
  for (const { line, cells } of rows) {
    const subject = (cells[subjectColumn] ?? '').trim();
    const side = sides.find((one) => one === (cells[sideColumn] ?? '').trim().toLowerCase());
    if (subject === '' || side === undefined) problems.push(`line ${line}: no subject, or no known side`);
    else if (given[subject] !== undefined && given[subject] !== side) {
      problems.push(`subject ${subject} is on the sides ${given[subject]} and ${side}`);
    } else given[subject] = side;
  }
  if (problems.length === 0) return done(given);
  return refuse(`the split ${source} leaks or is not whole`, 'Give every subject one side.', problems);
}

/** The side of each recording; refuses a subject without a side. */
export function sidesOf(recordings: readonly Splittable[], subjects: SubjectSides): Outcome<readonly Side[]> {
  const without = [...new Set(recordings.map(({ subject }) => subject))].filter(
    (subject) => !Object.hasOwn(subjects, subject),
  );
  if (without.length === 0) return done(recordings.map(({ subject }) => subjects[subject]!));
  return refuse('the split leaves subjects without a side', 'Give each of them one.', without);
}

/**
 * Refuses a split in which a participant or the same audio stands on two sides, or a side lacks a class. Applied to
 * what is stored, not to what was planned.
 */
export function checkSplit(recordings: readonly Splittable[], split: readonly Side[]): Outcome<null> {
  if (split.length !== recordings.length) {
    return refuse('the split is of other recordings', 'Run the step "split" again.');
  }
  const leaks = refuseLeaks(recordings, split);
  if (!leaks.ok) return leaks;
  for (const side of sides) {
    const labels = recordings.filter((_, index) => split[index] === side).map(({ isPositive }) => isPositive);
    if (!labels.includes(true) || !labels.includes(false)) {
      return refuse(
        `the side "${side}" does not have recordings of both classes`,
        'Add participants, or change shares, seed or lists of the split.',
      );
    }
  }
  return done(null);
}

/** The fold of each recording, by participant. */
export function planRounds(
  recordings: readonly Splittable[],
  { count, seed }: Extract<SplitPlan, { kind: 'folds' }>,
): Outcome<readonly number[]> {
  const plan: FoldPlan = count === null ? { kind: 'leave-one-out' } : { kind: 'folds', count };
  const folds = planFolds(recordings, plan, seed);
  if (folds.length < fewestFolds) {
    return refuse(
      `the rarer class has too few participants for ${fewestFolds} folds`,
      'Add participants of that class, or leave one participant out at a time ("count": null).',
    );
  }
  const foldOf = new Map(folds.flatMap((fold, index) => fold.map((subject) => [subject, index] as const)));
  return done(recordings.map(({ subject }) => foldOf.get(subject)!));
}

/** One to be tested, one that stops, one to be trained on. */
const fewestFolds = 3;

/** Refuses folds in which a participant or the same audio stands twice; applied to what is stored. */
export function checkRounds(recordings: readonly Splittable[], folds: readonly number[]): Outcome<null> {
  if (folds.length !== recordings.length) {
    return refuse('the split is of other recordings', 'Run the step "split" again.');
  }
  return refuseLeaks(recordings, folds);
}

/** How many rounds a split in folds has. */
export function countRounds(folds: readonly number[]): number {
  return folds.reduce((most, fold) => Math.max(most, fold), 0) + 1;
}

/**
 * The sides of one round: its fold is tested; the fold after it stops the fit, where something has to; all else is
 * trained on.
 */
export function sidesOfRound(
  folds: readonly number[],
  round: number,
  hasValidation: boolean,
): readonly Side[] {
  const next = (round + 1) % countRounds(folds);
  return folds.map((fold) =>
    fold === round ? 'test' : hasValidation && fold === next ? 'validation' : 'training',
  );
}

function refuseLeaks(recordings: readonly Splittable[], places: readonly (Side | number)[]): Outcome<null> {
  const leaks = [
    ...acrossPlaces(recordings, places, ({ subject }) => subject).map(
      (group) => `subject ${group[0]!.subject}`,
    ),
    ...acrossPlaces(recordings, places, ({ audioSha256 }) => audioSha256).map(
      (group) => `the audio of ${group.map(({ name }) => name).join(' = ')}`,
    ),
  ];
  if (leaks.length === 0) return done(null);
  return refuse(
    'the split leaks: the same voice would be trained on and tested on',
    'Correct subjects, sides and repeated audio.',
    leaks,
  );
}

function acrossPlaces(
  recordings: readonly Splittable[],
  places: readonly (Side | number)[],
  keyOf: (recording: Splittable) => string,
): readonly (readonly Splittable[])[] {
  const placed = recordings.map((recording, index) => ({ recording, place: places[index]! }));
  return [...Map.groupBy(placed, ({ recording }) => keyOf(recording)).values()]
    .filter((group) => new Set(group.map(({ place }) => place)).size > 1)
    .map((group) => group.map(({ recording }) => recording));
}

/** Each subject's classes: a participant with both is a class of its own. */
function kindsOf(recordings: readonly Splittable[]): ReadonlyMap<string, string> {
  const bySubject = Map.groupBy(recordings, ({ subject }) => subject);
  return new Map(
    [...bySubject].map(([subject, group]) => {
      const labels = new Set(group.map(({ isPositive }) => (isPositive ? 'positive' : 'negative')));
      return [subject, [...labels].sort().join(' and ')];
    }),
  );
}

function splitByLists(
  subjects: readonly string[],
  { validation, test }: Extract<SplitPlan, { kind: 'subjects' }>,
): Outcome<SubjectSides> {
  const unknown = [...validation, ...test].filter((subject) => !subjects.includes(subject));
  if (unknown.length > 0) {
    return refuse('the split names subjects that the data do not have', 'Correct their names.', unknown);
  }
  const both = validation.filter((subject) => test.includes(subject));
  if (both.length > 0) {
    return refuse('the split leaks: subjects are on two sides', 'Give each of them one side.', both);
  }
  const sideOf = (subject: string): Side =>
    test.includes(subject) ? 'test' : validation.includes(subject) ? 'validation' : 'training';
  const chosen = subjects.map((subject) => [subject, sideOf(subject)] as const);
  return done(Object.fromEntries(chosen));
}

/**
 * Which noise clips are heard in training and which are kept for the evaluation. With a single clip it serves both.
 */
export function splitNoises(
  count: number,
  heldOut: number,
  seed: number,
): readonly ('training' | 'evaluation')[] {
  const held =
    count < 2 ? 0 : Math.min(count - 1, Math.max(heldOut > 0 ? 1 : 0, Math.round(heldOut * count)));
  const order = seededRandom(seed).shuffled(Array.from({ length: count }, (_, index) => index));
  const kept = new Set(order.slice(0, held));
  return Array.from({ length: count }, (_, index) => (kept.has(index) ? 'evaluation' : 'training'));
}
