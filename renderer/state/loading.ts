/** One answer that a page waits for: asked again at will, and only the newest question's answer counts. */
import type { Problem, Result } from '../../contract/result.ts';

export interface Loading<Value> {
  /** Number of the newest question. */
  readonly asked: number;
  readonly isWaiting: boolean;
  /** The last good answer; stays while a newer one is awaited. */
  readonly value: Value | null;
  readonly problem: Problem | null;
}

export const notAsked: Loading<never> = { asked: 0, isWaiting: false, value: null, problem: null };

export function ask<Value>(loading: Loading<Value>): Loading<Value> {
  return { ...loading, asked: loading.asked + 1, isWaiting: true };
}

export function answered<Value>(
  loading: Loading<Value>,
  question: number,
  answer: Result<Value>,
): Loading<Value> {
  if (question !== loading.asked) return loading;
  return answer.ok
    ? { asked: question, isWaiting: false, value: answer.value, problem: null }
    : { ...loading, isWaiting: false, problem: answer.problem };
}
