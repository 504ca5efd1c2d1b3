/** Rules about models of the model store. */
import { labelFieldsAsked, type ModelManifest } from '../../contract/model-manifest.ts';
import type { FormDefinition } from '../../contract/form.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import { v1ConsentFile, v1LabelField, v1RecordNumberField } from '../../contract/registry/v1.ts';

/** The alias that answers where nobody names a version. */
export const productionAlias = 'production';

export interface ForbiddenInput {
  readonly kind: 'label' | 'record-number' | 'consent';
  readonly key: string;
}

/**
 * What no model may be given: the outcome of interest and the record number by any published form, and the spoken
 * consent by any published protocol; the shipped ones always count.
 */
export function forbiddenInput(
  manifest: ModelManifest,
  forms: readonly FormDefinition[],
  protocols: readonly ProtocolDefinition[],
): ForbiddenInput | undefined {
  const fields = manifest.input.fields.map(({ key }) => key);
  const labels = new Set([
    v1LabelField,
    'respiratory_insufficiency_status',
    ...forms.flatMap((form) => labelFieldsAsked(manifest, form)),
  ]);
  const label = fields.find((key) => labels.has(key));
  if (label !== undefined) return { kind: 'label', key: label };
  const recordNumbers = new Set([
    v1RecordNumberField,
    ...forms.flatMap((form) =>
      form.fields.filter(({ role }) => role === 'record-number').map(({ key }) => key),
    ),
  ]);
  const recordNumber = fields.find((key) => recordNumbers.has(key));
  if (recordNumber !== undefined) return { kind: 'record-number', key: recordNumber };
  const consents = new Set<string>([
    v1ConsentFile,
    ...protocols.flatMap((protocol) =>
      protocol.steps.filter(({ role }) => role === 'consent').map(({ key }) => key),
    ),
  ]);
  const consent = manifest.input.recordings.find(({ key }) => consents.has(key));
  return consent === undefined ? undefined : { kind: 'consent', key: consent.key };
}

/** Later than every change before it, whatever the clock says: at any instant one version was in force. */
export function aliasChangeTime(nowIso: string, last: string | undefined): string {
  return last !== undefined && last > nowIso ? last : nowIso;
}
