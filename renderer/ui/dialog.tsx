import { useId, useLayoutEffect, useRef, type ReactNode } from 'react';
import './dialog.css';

export interface DialogProps {
  readonly title: string;
  /** Esc and the close request of the platform; what was typed is the caller's to keep. */
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons at the end, the safe one first. */
  readonly actions: ReactNode;
  readonly isWide?: boolean;
}

/** Modal while mounted; focus goes in, stays in, and returns to where it was. */
export function Dialog({ title, onClose, children, actions, isWide = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog !== null && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className={isWide ? 'dialog dialog--wide' : 'dialog'}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dialog__content">
        <h2 id={id}>{title}</h2>
        {children}
        <div className="dialog__actions">{actions}</div>
      </div>
    </dialog>
  );
}
