import type { Problem } from '../../contract/result.ts';

/** A problem of audio or engine as a phrase: its code in words, then what is known. */
export function describeProblem({ code, details }: Problem): string {
  const facts = Object.entries(details ?? {}).map(([name, value]) => `${name} ${value}`);
  const words = code.replaceAll('-', ' ');
  return facts.length === 0 ? words : `${words} (${facts.join(', ')})`;
}
