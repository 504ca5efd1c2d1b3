import { useState } from 'react';
import { FieldFrame, type FieldFrameProps } from './field-frame.tsx';
import { formatNumberInput, parseNumberInput } from './number-input.ts';

export interface NumberFieldProps extends FieldFrameProps {
  /** The number; or, as typed, a text that is none (a draft keeps it); undefined when empty. */
  readonly value: number | string | undefined;
  readonly onChange: (value: number | string | undefined) => void;
  readonly onBlur?: () => void;
  readonly unit?: string | undefined;
  /** Language whose decimal mark is shown; both marks are understood. */
  readonly language: string;
  readonly autoFocus?: boolean;
  readonly isRequired?: boolean;
}

export function NumberField(props: NumberFieldProps) {
  const { value, language } = props;
  // While typing, the text is what the user typed ("7," is on the way to 7,4); otherwise it follows the value.
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const shown = typed !== undefined && parseNumberInput(typed) === value ? typed : undefined;
  return (
    <FieldFrame {...props}>
      {({ id, describedBy, isInvalid }) => (
        <span className="field__with-unit">
          <input
            id={id}
            className="input"
            type="text"
            inputMode="decimal"
            autoComplete="off"
            autoFocus={props.autoFocus}
            required={props.isRequired}
            value={shown ?? formatNumberInput(value, language)}
            aria-describedby={describedBy}
            aria-invalid={isInvalid}
            onChange={(event) => {
              setTyped(event.target.value);
              props.onChange(parseNumberInput(event.target.value));
            }}
            onBlur={() => {
              setTyped(undefined);
              props.onBlur?.();
            }}
          />
          {props.unit === undefined ? null : <span className="muted">{props.unit}</span>}
        </span>
      )}
    </FieldFrame>
  );
}
