import { useState } from 'react';
import { dateInWords, formatDateInput, isCalendarDate, parseDateInput } from './date-input.ts';
import { FieldFrame, type FieldFrameProps } from './field-frame.tsx';

export interface DateFieldProps extends FieldFrameProps {
  /** `YYYY-MM-DD`; or, as typed, a text that is no date; undefined when empty. */
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
  readonly onBlur?: () => void;
  readonly language: string;
  /** How to type it, for example "day/month/year"; gives way to the date in words. */
  readonly formatHint: string;
  readonly isRequired?: boolean;
}

/** A typed date: quicker at a bedside than a calendar, and in the language of the pages, not of the browser. */
export function DateField(props: DateFieldProps) {
  const { value, help, formatHint } = props;
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const shown = typed !== undefined && parseDateInput(typed) === value ? typed : undefined;
  const echo = value !== undefined && isCalendarDate(value) ? dateInWords(value, props.language) : formatHint;
  return (
    <FieldFrame {...props} help={help === undefined ? echo : `${help} ${echo}`}>
      {({ id, describedBy, isInvalid }) => (
        <input
          id={id}
          className="input"
          type="text"
          inputMode="numeric"
          autoComplete="off"
          required={props.isRequired}
          value={shown ?? formatDateInput(value)}
          aria-describedby={describedBy}
          aria-invalid={isInvalid}
          onChange={(event) => {
            setTyped(event.target.value);
            props.onChange(parseDateInput(event.target.value));
          }}
          onBlur={() => {
            setTyped(undefined);
            props.onBlur?.();
          }}
        />
      )}
    </FieldFrame>
  );
}
