import type { ReactNode } from 'react';
import type { Problem } from '../../contract/result.ts';
import { useText } from '../i18n/index.ts';
import { StatusWord } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';

/** What stands where an answer is awaited: waiting, the problem with its way out, or the page itself. */
export function Waiting<Value>(props: {
  readonly loading: {
    readonly value: Value | null;
    readonly problem: Problem | null;
    readonly reload: () => void;
  };
  readonly children: (value: Value) => ReactNode;
}) {
  const { t } = useText();
  const { value, problem, reload } = props.loading;
  return (
    <>
      {problem === null ? null : <ProblemNotice problem={problem} retry={reload} />}
      {value !== null ? (
        props.children(value)
      ) : problem === null ? (
        <p role="status">
          <StatusWord tone="neutral" icon="busy" word={t('common.loading')} />
        </p>
      ) : null}
    </>
  );
}
