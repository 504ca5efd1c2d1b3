import { useEffect, useRef } from 'react';

/** The heading of a step; it takes the focus when the step opens, so that it is read out. */
export function StepHeading(props: {
  readonly title: string;
  readonly lead?: string;
  /** Where the step's main control takes the focus instead. */
  readonly isQuiet?: boolean;
}) {
  const ref = useRef<HTMLHeadingElement>(null);
  const { isQuiet = false } = props;
  useEffect(() => {
    if (!isQuiet) ref.current?.focus({ preventScroll: true });
  }, [isQuiet]);
  return (
    <div className="flow__heading">
      <h1 ref={ref} tabIndex={-1}>
        {props.title}
      </h1>
      {props.lead === undefined ? null : <p className="muted">{props.lead}</p>}
    </div>
  );
}
