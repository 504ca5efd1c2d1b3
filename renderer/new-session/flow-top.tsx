import { useEffect, useRef } from 'react';
import type { OpenSession } from './flow.ts';
import { PatientBadge } from './patient-badge.tsx';

/** The heading of a step and, at the right, whose session it is. The heading takes the focus, so that it is read out. */
export function FlowTop(props: {
  readonly title: string;
  readonly lead?: string;
  /** Undefined before there is a session. */
  readonly open?: OpenSession;
  /** Where the step's main control takes the focus instead. */
  readonly isQuiet?: boolean;
}) {
  const ref = useRef<HTMLHeadingElement>(null);
  const { isQuiet = false } = props;
  useEffect(() => {
    if (!isQuiet) ref.current?.focus({ preventScroll: true });
  }, [isQuiet]);
  return (
    <div className="flow__top">
      <div className="flow__heading">
        <h1 ref={ref} tabIndex={-1}>
          {props.title}
        </h1>
        {props.lead === undefined ? null : <p className="muted">{props.lead}</p>}
      </div>
      {props.open === undefined ? null : <PatientBadge open={props.open} />}
    </div>
  );
}
