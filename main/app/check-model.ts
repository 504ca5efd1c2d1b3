import type { FormDefinition } from '../../contract/form.ts';
import { labelFieldsAsked, type ModelManifest } from '../../contract/model-manifest.ts';
import { fail, ok, type Result } from '../../contract/result.ts';

/** A model that asks the form for the outcome of interest is never run: it would read the answer. */
export function checkModelForForm(manifest: ModelManifest, form: FormDefinition): Result<null> {
  const asked = labelFieldsAsked(manifest, form);
  return asked.length === 0
    ? ok(null)
    : fail('model-asks-for-label', {
        name: manifest.name,
        version: manifest.version,
        fields: asked.join(', '),
      });
}
