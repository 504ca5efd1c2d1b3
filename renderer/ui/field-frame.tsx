import { useId, type ReactNode } from 'react';
import { Icon } from './icons.tsx';
import './field.css';

export interface FieldFrameProps {
  readonly label: string;
  readonly help?: string | undefined;
  /** What is wrong and what would be right; announced and tied to the control. */
  readonly error?: string | undefined;
  /** Unusual but allowed. */
  readonly warning?: string | undefined;
  /** The word for "optional", shown after the label; required fields carry no mark. */
  readonly optionalWord?: string | undefined;
}

export interface ControlIds {
  readonly id: string;
  readonly describedBy: string | undefined;
  readonly isInvalid: true | undefined;
}

/** Label, help and messages around one control. */
export function FieldFrame(props: FieldFrameProps & { readonly children: (ids: ControlIds) => ReactNode }) {
  const id = useId();
  const ids = controlIds(id, props);
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        <LabelText {...props} />
      </label>
      {props.children(ids)}
      <FieldMessages id={id} {...props} />
    </div>
  );
}

/** The same around several controls that answer one question. */
export function GroupFrame(
  props: FieldFrameProps & {
    readonly role?: 'radiogroup';
    readonly children: (ids: ControlIds) => ReactNode;
  },
) {
  const id = useId();
  const ids = controlIds(id, props);
  return (
    <fieldset
      className="field"
      role={props.role}
      aria-describedby={ids.describedBy}
      aria-invalid={props.role === 'radiogroup' ? ids.isInvalid : undefined}
    >
      <legend className="field__label">
        <LabelText {...props} />
      </legend>
      {props.children(ids)}
      <FieldMessages id={id} {...props} />
    </fieldset>
  );
}

function LabelText({ label, optionalWord }: FieldFrameProps) {
  return (
    <>
      <span>{label}</span>
      {optionalWord === undefined ? null : <span className="field__optional">{optionalWord}</span>}
    </>
  );
}

function FieldMessages({ id, help, error, warning }: FieldFrameProps & { readonly id: string }) {
  return (
    <>
      {help === undefined ? null : (
        <p id={`${id}-help`} className="field__help">
          {help}
        </p>
      )}
      {error === undefined ? null : (
        <p id={`${id}-error`} className="field__message field__message--error" role="alert">
          <Icon name="alert" sizePx={16} />
          <span>{error}</span>
        </p>
      )}
      {warning === undefined ? null : (
        <p id={`${id}-warning`} className="field__message field__message--warning">
          <Icon name="warning" sizePx={16} />
          <span>{warning}</span>
        </p>
      )}
    </>
  );
}

function controlIds(id: string, { help, error, warning }: FieldFrameProps): ControlIds {
  const described = [
    help === undefined ? '' : `${id}-help`,
    error === undefined ? '' : `${id}-error`,
    warning === undefined ? '' : `${id}-warning`,
  ]
    .filter((part) => part !== '')
    .join(' ');
  return {
    id,
    describedBy: described === '' ? undefined : described,
    isInvalid: error === undefined ? undefined : true,
  };
}
