import { useId } from 'react';
import { GroupFrame, type FieldFrameProps } from './field-frame.tsx';
import type { Option } from './select-field.tsx';

interface ChoicesProps<Value extends string> extends FieldFrameProps {
  readonly options: readonly Option<Value>[];
  readonly layout?: 'row' | 'column';
}

export interface ChoiceFieldProps<Value extends string> extends ChoicesProps<Value> {
  readonly value: Value | undefined;
  readonly onChange: (value: Value) => void;
  readonly isRequired?: boolean;
}

/** One of a few, each as large as a button. Arrow keys move, as with every radio group. */
export function ChoiceField<Value extends string>(props: ChoiceFieldProps<Value>) {
  const name = useId();
  return (
    <GroupFrame {...props} role="radiogroup">
      {() => (
        <div className={props.layout === 'column' ? 'choices choices--column' : 'choices'}>
          {props.options.map((option) => (
            <label
              key={option.value}
              className={option.value === props.value ? 'choice choice--on' : 'choice'}
            >
              <input
                type="radio"
                name={name}
                value={option.value}
                required={props.isRequired}
                checked={option.value === props.value}
                onChange={() => props.onChange(option.value)}
              />
              <OptionText option={option} />
            </label>
          ))}
        </div>
      )}
    </GroupFrame>
  );
}

export interface CheckboxGroupProps<Value extends string> extends ChoicesProps<Value> {
  readonly values: readonly Value[];
  /** In the order of the options. */
  readonly onChange: (values: Value[]) => void;
}

export function CheckboxGroup<Value extends string>(props: CheckboxGroupProps<Value>) {
  const { options, values } = props;
  const toggle = (toggled: Value): void =>
    props.onChange(
      options
        .map((option) => option.value)
        .filter((value) => (value === toggled ? !values.includes(value) : values.includes(value))),
    );
  return (
    <GroupFrame {...props}>
      {() => (
        <div className={props.layout === 'column' ? 'choices choices--column' : 'choices'}>
          {options.map((option) => (
            <label
              key={option.value}
              className={values.includes(option.value) ? 'choice choice--on' : 'choice'}
            >
              <input
                type="checkbox"
                checked={values.includes(option.value)}
                onChange={() => toggle(option.value)}
              />
              <OptionText option={option} />
            </label>
          ))}
        </div>
      )}
    </GroupFrame>
  );
}

function OptionText<Value extends string>({ option }: { readonly option: Option<Value> }) {
  return (
    <span className="choice__text">
      <span>{option.label}</span>
      {option.help === undefined ? null : <span className="choice__help">{option.help}</span>}
    </span>
  );
}

/** A single yes that may be given. */
export function Checkbox(props: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={props.isOn}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}
