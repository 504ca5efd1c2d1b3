import type { AnswerFault, AnswerWarning, FieldFinding, FormDefinition } from '../../contract/form.ts';
import { useText } from '../i18n/index.ts';
import { unitWord } from '../state/unit-word.ts';
import { isCalendarDate } from '../ui/date-input.ts';

/** What is wrong with an answer, in the reader's words, with the bounds as the reader writes them. */
export function useFindingTexts(form: FormDefinition): {
  readonly fault: (finding: FieldFinding<AnswerFault>) => string;
  readonly warning: (finding: FieldFinding<AnswerWarning>) => string;
} {
  const { t, local, format } = useText();
  const boundOf = (finding: FieldFinding<unknown>): string => {
    const { bound } = finding;
    if (bound === undefined) return '';
    if (typeof bound === 'string') return isCalendarDate(bound) ? format.date(bound) : bound;
    const field = form.fields.find((each) => each.key === finding.field);
    const number = format.number(bound);
    return field?.kind === 'number' && field.unit !== undefined
      ? t('common.withUnit', { value: number, unit: unitWord(t, field.unit, bound) })
      : number;
  };
  return {
    fault(finding) {
      const field = form.fields.find((each) => each.key === finding.field);
      if (finding.kind === 'not-whole') return t('fault.not-whole', { bound: Number(finding.bound ?? 0) });
      if (finding.kind === 'wrong-format' && field?.kind === 'text' && field.patternHelp !== undefined) {
        return local(field.patternHelp);
      }
      return t(`fault.${finding.kind}`, { bound: boundOf(finding) });
    },
    warning: (finding) => t(`warning.${finding.kind}`, { bound: boundOf(finding) }),
  };
}
