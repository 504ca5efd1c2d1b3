/** Answers as rows of text, with the labels and units of the form version that asked. */
import type { Answer, Answers, FormDefinition, FormField } from '../../contract/form.ts';
import type { Text } from '../i18n/index.ts';
import { unitWord } from './unit-word.ts';

export interface AnswerRow {
  readonly key: string;
  readonly label: string;
  readonly answer: string;
  /** The outcome of interest: no model ever sees it. */
  readonly isOutcome: boolean;
  readonly isConfirmedWarning: boolean;
}

export interface AnswerGroup {
  readonly key: string;
  readonly title: string;
  readonly rows: readonly AnswerRow[];
}

/** Only what was answered, in the order of the form; answers that the form does not know come last, as they are. */
export function answerGroups(
  text: Pick<Text, 't' | 'local' | 'format'>,
  form: FormDefinition | undefined,
  answers: Answers,
  confirmedWarnings: readonly string[],
): readonly AnswerGroup[] {
  const row = (key: string, field: FormField | undefined): AnswerRow[] => {
    const answer = answers[key];
    if (answer === undefined) return [];
    return [
      {
        key,
        label: field === undefined ? key : text.local(field.label),
        answer: answerText(text, field, answer),
        isOutcome: field?.role === 'label',
        isConfirmedWarning: confirmedWarnings.includes(key),
      },
    ];
  };
  const known = (form?.groups ?? []).map((group) => ({
    key: group.key,
    title: text.local(group.title),
    rows: (form?.fields ?? [])
      .filter((field) => field.group === group.key)
      .flatMap((field) => row(field.key, field)),
  }));
  const asked = new Set(form?.fields.map((field) => field.key));
  const others = Object.keys(answers)
    .filter((key) => !asked.has(key))
    .flatMap((key) => row(key, undefined));
  return [...known, { key: '', title: '', rows: others }].filter((group) => group.rows.length > 0);
}

export function answerText(
  { t, local, format }: Pick<Text, 't' | 'local' | 'format'>,
  field: FormField | undefined,
  answer: Answer,
): string {
  const choices = field?.kind === 'choice' || field?.kind === 'multi-choice' ? field.choices : [];
  const labelOf = (value: string): string => {
    const choice = choices.find((candidate) => candidate.value === value);
    return choice === undefined ? value : local(choice.label);
  };
  if (Array.isArray(answer)) return answer.length === 0 ? t('common.none') : format.list(answer.map(labelOf));
  if (typeof answer === 'boolean') return t(answer ? 'common.yes' : 'common.no');
  if (typeof answer === 'number') {
    const value = format.number(answer, field?.kind === 'number' ? field.decimals : undefined);
    return field?.kind === 'number' && field.unit !== undefined
      ? t('common.withUnit', { value, unit: unitWord(t, field.unit, answer) })
      : value;
  }
  if (field?.kind === 'date' && /^\d{4}-\d{2}-\d{2}$/u.test(answer)) return format.date(answer);
  return labelOf(answer);
}
