/** From what was heard and answered to a model's inputs, and from its scores to what may be said. */
import { decide, scoreWithin, type DecisionOutcome } from '../../contract/decision.ts';
import type { Answers } from '../../contract/form.ts';
import { encodeFields, fieldsMissing, type ModelManifest } from '../../contract/model-manifest.ts';
import { fail, ok, type Problem, type Result } from '../../contract/result.ts';
import { v1ConsentFile, v1LabelField, v1RecordNumberField } from '../../contract/registry/v1.ts';

/** In every answer: scores of a voice are no diagnosis. */
export const noticeText = {
  'pt-BR': 'Pré-diagnóstico: não serve para diagnóstico.',
  en: 'Pre-diagnosis, not for diagnosis.',
  es: 'Prediagnóstico: no sirve para el diagnóstico.',
} as const;

export function noticeOf({ limits }: ModelManifest, language: keyof typeof noticeText): string {
  return `${noticeText[language]} ${limits.text[language]}`;
}

/**
 * The `fields` vector. `model-needs-field` names what is missing, `model-asks-for-label` a model that should never have
 * been let in.
 */
export function fieldVector(manifest: ModelManifest, answers: Answers): Result<readonly number[]> {
  const forbidden = manifest.input.fields.find(
    ({ key }) => key === v1LabelField || key === v1RecordNumberField,
  );
  if (forbidden !== undefined) return fail('model-asks-for-label', { fields: forbidden.key });
  const missing = fieldsMissing(manifest, answers);
  if (missing.length > 0) return fail('model-needs-field', { fields: missing.join(', ') });
  return ok(encodeFields(manifest.input.fields, answers));
}

/** What of a recording the graph gets; `samples` at `sampleRateHz`. `audio-too-short`, or `model-invalid` for the consent. */
export function heardPart(
  { key, minimumS, maximumS }: ModelManifest['input']['recordings'][number],
  { samples, sampleRateHz }: { readonly samples: Float32Array; readonly sampleRateHz: number },
): Result<Float32Array> {
  if (key === v1ConsentFile) return fail('model-invalid', { reason: 'asks-for-consent', recording: key });
  if (samples.length < minimumS * sampleRateHz || samples.length === 0) {
    const seconds = Math.round((samples.length / sampleRateHz) * 1000) / 1000;
    return fail('audio-too-short', { recording: key, seconds, minimumSeconds: minimumS });
  }
  const longest = maximumS === undefined ? samples.length : Math.floor(maximumS * sampleRateHz);
  return ok(samples.subarray(0, longest));
}

/** The decision by the model's own thresholds and limits. No quality gate has looked at these recordings. */
export function decisionOf(
  { limits, thresholds, labels, positiveLabel }: ModelManifest,
  scores: readonly number[],
  answers: Answers,
): DecisionOutcome | undefined {
  const score = scores[labels.indexOf(positiveLabel)];
  if (score === undefined) return undefined;
  const age = answers['age'];
  const ageYears = typeof age === 'number' ? age : undefined;
  return decide({ limits, thresholds, score, refusedRecordings: [], ageYears });
}

/** Scores no further than the evidence behind the model reaches. */
export function shownScores({ limits }: ModelManifest, scores: readonly number[]): readonly number[] {
  return scores.map((score) => scoreWithin(limits, score));
}

/** A mishap of the machine: the same input may go well another time. */
export function isMishap({ code }: Problem): boolean {
  return (
    code === 'engine-crashed' ||
    code === 'engine-timed-out' ||
    code === 'engine-closed' ||
    code === 'storage-unavailable' ||
    code === 'disk-full' ||
    code === 'model-damaged'
  );
}

/** The problem in one line: a code, and facts that hold nothing of a patient. */
export function reasonOf({ code, details = {} }: Problem): string {
  const facts = Object.entries(details).map(([name, value]) => `${name}: ${String(value)}`);
  return [code.replaceAll('-', ' '), ...facts].join('; ').slice(0, 300);
}
