/** Who agrees with whom: readings, readers and sources, pair by pair. */
import { labelQuestionOf, labelSources, type LabelQuestionId } from '../../../contract/registry/labels.ts';
import { cohensKappa, type Kappa } from './kappa.ts';
import { inForce, inOrder, wordOfSource, type KnownLabel } from './labels.ts';

export interface RatedPair extends Kappa {
  readonly a: string;
  readonly b: string;
  /** Values that either gave, in the question's order. */
  readonly values: readonly string[];
  readonly table: readonly (readonly number[])[];
}

export interface Agreements {
  readonly readings: RatedPair;
  readonly readers: readonly RatedPair[];
  readonly sources: readonly RatedPair[];
}

type Ratings = readonly (readonly [a: string, b: string])[];

/**
 * From the labels of one question with their history. With `blindOnly`, a reader counts by the first label given, before
 * any correction, and a pair only where the later of the two was given blind; else by what stands. Sources are compared
 * by what stands; one whose labels are undecided among themselves is left out of that session.
 */
export function agreements(
  questionId: LabelQuestionId,
  labels: readonly KnownLabel[],
  { blindOnly }: { readonly blindOnly: boolean },
): Agreements {
  const question = labelQuestionOf(questionId);
  const known = question.values.map(({ value }) => value);
  const readings: [string, string][] = [];
  const readers = new Map<
    string,
    { readonly a: string; readonly b: string; readonly ratings: [string, string][] }
  >();
  const sources = new Map<string, [string, string][]>();
  const bySession = Map.groupBy(
    labels.filter((label) => label.question === questionId),
    ({ sessionId }) => sessionId,
  );
  for (const ofSession of bySession.values()) {
    const standing = inForce(ofSession);
    const read = wordsOfReaders(blindOnly ? ofSession : standing);
    const first = read.find(({ reading }) => reading === 1);
    const second = read.find(({ reading }) => reading === 2);
    if (first !== undefined && second !== undefined && isCounted(first, second, blindOnly)) {
      readings.push([first.value, second.value]);
    }
    for (const [place, one] of read.entries()) {
      for (const other of read.slice(place + 1)) {
        if (!isCounted(one, other, blindOnly)) continue;
        const [a, b] = one.readerId < other.readerId ? [one, other] : [other, one];
        const key = `${a.readerId} ${b.readerId}`;
        const pair = readers.get(key) ?? { a: a.readerId, b: b.readerId, ratings: [] };
        pair.ratings.push([a.value, b.value]);
        readers.set(key, pair);
      }
    }
    const words = labelSources.flatMap((source) => {
      const word = wordOfSource(question, standing, source);
      return word === undefined ? [] : [{ source, word }];
    });
    for (const [place, one] of words.entries()) {
      for (const other of words.slice(place + 1)) {
        const key = `${one.source} ${other.source}`;
        sources.set(key, [...(sources.get(key) ?? []), [one.word, other.word]]);
      }
    }
  }
  return {
    readings: rated('first', 'second', readings, known),
    readers: [...readers.values()].map(({ a, b, ratings }) => rated(a, b, ratings, known)),
    sources: labelSources.flatMap((a, place) =>
      labelSources.slice(place + 1).flatMap((b) => {
        const ratings = sources.get(`${a} ${b}`);
        return ratings === undefined ? [] : [rated(a, b, ratings, known)];
      }),
    ),
  };
}

type ReadersWord = KnownLabel & { readonly readerId: string; readonly value: string };

/** The first word of each reader, in order. */
function wordsOfReaders(labels: readonly KnownLabel[]): readonly ReadersWord[] {
  const seen = new Set<string>();
  return inOrder(labels).flatMap((label) => {
    const { readerId, value } = label;
    if (readerId === null || value === null || seen.has(readerId)) return [];
    seen.add(readerId);
    return [{ ...label, readerId, value }];
  });
}

function isCounted(one: KnownLabel, other: KnownLabel, blindOnly: boolean): boolean {
  const later = one.sequence > other.sequence ? one : other;
  return !blindOnly || later.isBlind;
}

function rated(a: string, b: string, ratings: Ratings, known: readonly string[]): RatedPair {
  const used = new Set(ratings.flat());
  const values = [
    ...known.filter((value) => used.has(value)),
    ...[...used].filter((value) => !known.includes(value)),
  ];
  const table = values.map((row) =>
    values.map((column) => ratings.filter(([left, right]) => left === row && right === column).length),
  );
  return { a, b, values, table, ...cohensKappa(table) };
}
