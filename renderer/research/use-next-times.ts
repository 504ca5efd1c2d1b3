import { useEffect, useState } from 'react';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { isCronLike } from './schedule-form.ts';

/** Long enough that a key stroke is followed by the next one. */
const settlesAfterMs = 400;

export type NextTimes =
  /** Nothing that could be asked about. */
  | { readonly is: 'nothing' }
  | { readonly is: 'asking' }
  | { readonly is: 'known'; readonly times: readonly string[] }
  | { readonly is: 'not-understood' }
  | { readonly is: 'problem'; readonly problem: Problem };

/** What the registry makes of a cron expression, a moment after the last key stroke. */
export function useNextTimes(expression: string, timeZone: string, isWanted: boolean): NextTimes {
  const [next, setNext] = useState<NextTimes>({ is: 'nothing' });
  const isAsked = isWanted && isCronLike(expression);
  useEffect(() => {
    setNext({ is: isAsked ? 'asking' : 'nothing' });
    if (!isAsked) return undefined;
    let isCurrent = true;
    const ask = async (): Promise<void> => {
      const query = { expression: expression.trim(), timeZone };
      const answer = await call('research.training-schedules.times', { query });
      if (!isCurrent) return;
      if (answer.ok) setNext({ is: 'known', times: answer.value.times });
      else if (answer.problem.code === 'invalid-input') setNext({ is: 'not-understood' });
      else setNext({ is: 'problem', problem: answer.problem });
    };
    const timer = setTimeout(() => void ask(), settlesAfterMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [expression, timeZone, isAsked]);
  return next;
}
