/** A session of the registry in the shapes that pages draw; what another version of the program wrote is left out. */
import type { CommandOutput } from '../../contract/app-api.ts';
import { noteContentSchema } from '../../contract/registry/sync.ts';
import { registryTakeSchema, type RegistryTake } from '../../contract/research.ts';
import { screeningResultSchema, type ScreeningResult } from '../../contract/session.ts';

export type RegistrySessionDetail = CommandOutput<'research.sessions.read'>;

export interface StepOfSession {
  readonly key: string;
  readonly takes: readonly RegistryTake[];
  /** Why it was left out. */
  readonly skipReason: string | null;
}

/** Steps in the order in which they were recorded, then those that were left out. */
export function stepsOf({
  takes,
  content,
}: Pick<RegistrySessionDetail, 'takes' | 'content'>): readonly StepOfSession[] {
  const known = parsed(takes, registryTakeSchema);
  const keys = [...new Set(known.map(({ stepKey }) => stepKey))];
  return [
    ...keys.map((key) => ({
      key,
      takes: known
        .filter(({ stepKey }) => stepKey === key)
        .toSorted((a, b) => Number(b.isChosen) - Number(a.isChosen) || b.version - a.version),
      skipReason: null,
    })),
    ...content.skips
      .filter(({ stepKey }) => !keys.includes(stepKey))
      .map(({ stepKey, reason }) => ({ key: stepKey, takes: [], skipReason: reason })),
  ];
}

export function resultsOf({ results }: Pick<RegistrySessionDetail, 'results'>): readonly ScreeningResult[] {
  return parsed(results, screeningResultSchema);
}

export function notesOf({ notes }: Pick<RegistrySessionDetail, 'notes'>) {
  return parsed(notes, noteContentSchema);
}

function parsed<T>(
  values: readonly unknown[],
  schema: { safeParse(value: unknown): { success: boolean; data?: T } },
): readonly T[] {
  return values.flatMap((value) => {
    const { success, data } = schema.safeParse(value);
    return success && data !== undefined ? [data] : [];
  });
}
