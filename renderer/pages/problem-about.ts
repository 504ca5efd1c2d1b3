import type { FormDefinition } from '../../contract/form.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { Problem } from '../../contract/result.ts';
import type { Text } from '../i18n/index.ts';
import { stepTitle } from './step-titles.ts';

/** The facts of a problem as lines: recordings and answers by the titles that the reader knows, never by their keys. */
export function problemAbout(
  text: Text,
  { details = {} }: Problem,
  protocols: readonly ProtocolDefinition[],
  form: FormDefinition | undefined,
): readonly string[] {
  const { t, local, format } = text;
  const { recording, fields, seconds, minimumSeconds } = details;
  const labelOf = (key: string): string => {
    const field = form?.fields.find((candidate) => candidate.key === key);
    return field === undefined ? key : local(field.label);
  };
  return [
    ...(typeof recording === 'string'
      ? [t('problem.about.recording', { recording: stepTitle(text, protocols, recording) })]
      : []),
    ...(typeof fields === 'string'
      ? [t('problem.about.fields', { fields: format.list(fields.split(', ').map(labelOf)) })]
      : []),
    ...(typeof seconds === 'number' && typeof minimumSeconds === 'number'
      ? [
          t('problem.about.length', {
            seconds: format.seconds(seconds),
            minimum: format.seconds(minimumSeconds),
          }),
        ]
      : []),
  ];
}
