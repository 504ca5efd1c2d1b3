import { z } from 'zod';
import type { Holder } from '../shared/instance-lock.ts';

const answerSchema = z.strictObject({ address: z.url(), shownPages: z.int().nonnegative() });

/** Asks the workstation that holds the folder for a new address; undefined when it does not answer. */
export async function askForAddress(
  holder: Holder,
): Promise<{ readonly address: string; readonly shownPages: number } | undefined> {
  if (holder.control === null) return undefined;
  try {
    const response = await fetch(`http://127.0.0.1:${holder.control.port}/control/address`, {
      method: 'POST',
      headers: { 'X-Spira-Control': holder.control.token },
      signal: AbortSignal.timeout(5_000),
    });
    return answerSchema.parse(await response.json());
  } catch {
    return undefined;
  }
}
