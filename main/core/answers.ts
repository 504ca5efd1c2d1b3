/** Answers as they are kept once a form is complete. */
import { relevantAnswers, type Answer, type Answers, type FormDefinition } from '../../contract/form.ts';

/**
 * Without fields that are not asked, texts trimmed, and empty texts and empty choices left out: a field without an
 * answer is absent.
 */
export function settledAnswers(form: FormDefinition, answers: Answers): Answers {
  const written = Object.fromEntries(
    Object.entries(answers).flatMap(([key, answer]) => {
      const settled = settledAnswer(answer);
      return settled === undefined ? [] : [[key, settled]];
    }),
  );
  return relevantAnswers(form, written);
}

function settledAnswer(answer: Answer): Answer | undefined {
  if (typeof answer === 'string') return answer.trim() === '' ? undefined : answer.trim();
  if (Array.isArray(answer)) return answer.length === 0 ? undefined : answer;
  return answer;
}

/** Fields whose answers differ, in the order of `after`, then those that went away. */
export function changedFields(before: Answers, after: Answers): readonly string[] {
  const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...keys].filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}
