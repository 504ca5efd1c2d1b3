import type { ReactNode } from 'react';

/** A table that may be wider than its place: it scrolls inside itself, by keyboard too. */
export function WideTable({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="scroll-x" role="group" aria-label={label} tabIndex={0}>
      <table className="plain-table">{children}</table>
    </div>
  );
}
