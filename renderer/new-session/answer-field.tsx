/** One question of the form, as its definition says. */
import type { ReactNode } from 'react';
import type { Answer, FormField } from '../../contract/form.ts';
import { useText } from '../i18n/index.ts';
import { unitWord } from '../state/unit-word.ts';
import { CheckboxGroup, ChoiceField, DateField, NumberField, TextField } from '../ui/index.ts';

export interface AnswerFieldProps {
  readonly field: FormField;
  readonly answer: Answer | undefined;
  readonly error: string | undefined;
  readonly warning: string | undefined;
  /** Known hospitals besides the definition's own. */
  readonly suggestions: readonly string[];
  readonly onAnswer: (value: Answer | undefined) => void;
  readonly onLeave: () => void;
}

export function AnswerField(props: AnswerFieldProps): ReactNode {
  const { field, answer, onAnswer, onLeave } = props;
  const { t, local, language } = useText();
  const frame = {
    label: local(field.label),
    help: field.help === undefined ? undefined : local(field.help),
    error: props.error,
    warning: props.warning,
    optionalWord: field.required ? undefined : t('common.optional'),
    isRequired: field.required,
  };
  const text = typeof answer === 'string' ? answer : answer === undefined ? '' : String(answer);
  switch (field.kind) {
    case 'text':
      return (
        <TextField
          {...frame}
          value={text}
          maximumLength={field.maximumLength}
          isSpellChecked={false}
          onChange={onAnswer}
          onBlur={onLeave}
        />
      );
    case 'open-choice':
      return (
        <TextField
          {...frame}
          value={text}
          maximumLength={field.maximumLength}
          suggestions={[...new Set([...field.suggestions, ...props.suggestions])]}
          isSpellChecked={false}
          onChange={onAnswer}
          onBlur={onLeave}
        />
      );
    case 'number':
      return (
        <NumberField
          {...frame}
          value={typeof answer === 'number' || typeof answer === 'string' ? answer : undefined}
          unit={field.unit === undefined ? undefined : unitWord(t, field.unit, 2)}
          language={language}
          onChange={onAnswer}
          onBlur={onLeave}
        />
      );
    case 'date':
      return (
        <DateField
          {...frame}
          value={typeof answer === 'string' ? answer : undefined}
          language={language}
          formatHint={t('common.dateHint')}
          onChange={onAnswer}
          onBlur={onLeave}
        />
      );
    case 'choice':
      return (
        <ChoiceField
          {...frame}
          value={typeof answer === 'string' ? answer : undefined}
          options={field.choices.map((choice) => ({ value: choice.value, label: local(choice.label) }))}
          onChange={(value) => {
            onAnswer(value);
            onLeave();
          }}
        />
      );
    case 'multi-choice':
      return (
        <CheckboxGroup
          {...frame}
          values={Array.isArray(answer) ? answer : []}
          options={field.choices.map((choice) => ({ value: choice.value, label: local(choice.label) }))}
          onChange={(values) => {
            onAnswer(values);
            onLeave();
          }}
        />
      );
    case 'yes-no':
      return (
        <ChoiceField
          {...frame}
          value={typeof answer === 'boolean' ? (answer ? 'yes' : 'no') : undefined}
          options={[
            { value: 'yes', label: t('common.yes') },
            { value: 'no', label: t('common.no') },
          ]}
          onChange={(value) => {
            onAnswer(value === 'yes');
            onLeave();
          }}
        />
      );
    default:
      return field satisfies never;
  }
}
