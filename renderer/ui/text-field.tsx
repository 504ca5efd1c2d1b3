import { useId, type HTMLInputAutoCompleteAttribute, type KeyboardEvent, type Ref } from 'react';
import { FieldFrame, type FieldFrameProps } from './field-frame.tsx';

export interface TextFieldProps extends FieldFrameProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onBlur?: () => void;
  readonly onKeyDown?: (event: KeyboardEvent<HTMLInputElement | HTMLTextAreaElement>) => void;
  readonly type?: 'text' | 'password' | 'search';
  /** More than one: a text area of that height. */
  readonly rows?: number;
  readonly suggestions?: readonly string[];
  readonly maximumLength?: number;
  readonly placeholder?: string;
  readonly autoComplete?: HTMLInputAutoCompleteAttribute;
  readonly autoFocus?: boolean;
  readonly isRequired?: boolean;
  readonly isDisabled?: boolean;
  readonly isSpellChecked?: boolean;
  readonly inputRef?: Ref<HTMLInputElement>;
}

export function TextField(props: TextFieldProps) {
  const listId = useId();
  const { type = 'text', rows = 1, suggestions = [], isSpellChecked = rows > 1 } = props;
  return (
    <FieldFrame {...props}>
      {({ id, describedBy, isInvalid }) => {
        const shared = {
          id,
          className: 'input',
          value: props.value,
          maxLength: props.maximumLength,
          placeholder: props.placeholder,
          autoComplete: props.autoComplete ?? 'off',
          autoFocus: props.autoFocus,
          required: props.isRequired,
          disabled: props.isDisabled,
          spellCheck: isSpellChecked,
          onBlur: props.onBlur,
          onKeyDown: props.onKeyDown,
          'aria-describedby': describedBy,
          'aria-invalid': isInvalid,
        };
        if (rows > 1) {
          return (
            <textarea {...shared} rows={rows} onChange={(event) => props.onChange(event.target.value)} />
          );
        }
        return (
          <>
            <input
              {...shared}
              ref={props.inputRef}
              type={type}
              list={suggestions.length > 0 ? listId : undefined}
              onChange={(event) => props.onChange(event.target.value)}
            />
            {suggestions.length === 0 ? null : (
              <datalist id={listId}>
                {suggestions.map((suggestion) => (
                  <option key={suggestion} value={suggestion} />
                ))}
              </datalist>
            )}
          </>
        );
      }}
    </FieldFrame>
  );
}
