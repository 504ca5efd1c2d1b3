/** What every client over HTTP does with answers and failures. */

/** Undefined for a body that is not JSON or breaks off. */
export async function readJson(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    return undefined;
  }
}

/** The code of an error of the network; never the address with what stands in it. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  if (cause.name === 'TimeoutError') return 'it took too long';
  const { cause: inner } = cause;
  return inner instanceof Error && 'code' in inner ? String(inner.code) : 'no connection';
}
