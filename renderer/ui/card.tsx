import { useId, type ReactNode } from 'react';
import './card.css';

export interface CardProps {
  readonly title?: string;
  readonly level?: 2 | 3;
  /** Beside the title: a state or a button. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Card({ title, level = 2, aside, children }: CardProps) {
  const id = useId();
  const Heading = level === 2 ? 'h2' : 'h3';
  if (title === undefined) return <div className="card">{children}</div>;
  return (
    <section className="card" aria-labelledby={id}>
      <div className="card__head">
        <Heading id={id}>{title}</Heading>
        {aside}
      </div>
      {children}
    </section>
  );
}
