import { FieldFrame, type FieldFrameProps } from './field-frame.tsx';

export interface Option<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly help?: string | undefined;
}

export interface SelectFieldProps<Value extends string> extends FieldFrameProps {
  readonly value: Value | undefined;
  readonly options: readonly Option<Value>[];
  readonly onChange: (value: Value) => void;
  /** Shown first while nothing is chosen, for example "Choose". */
  readonly emptyLabel?: string;
  readonly isRequired?: boolean;
}

export function SelectField<Value extends string>(props: SelectFieldProps<Value>) {
  return (
    <FieldFrame {...props}>
      {({ id, describedBy, isInvalid }) => (
        <select
          id={id}
          className="input"
          value={props.value ?? ''}
          required={props.isRequired}
          aria-describedby={describedBy}
          aria-invalid={isInvalid}
          onChange={(event) => {
            const chosen = props.options.find((option) => option.value === event.target.value);
            if (chosen !== undefined) props.onChange(chosen.value);
          }}
        >
          {props.emptyLabel === undefined ? null : <option value="">{props.emptyLabel}</option>}
          {props.options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </FieldFrame>
  );
}
