import { fail, ok, type Result } from '../../../../contract/result.ts';
import type { InstalledModel } from '../../../ports/models.ts';
import type { Versioned } from './command-line.ts';

/**
 * The installed models that are named, each in its newest version where none is given; without names the only model
 * there is. Problems: `model-not-found` with what is there, `invalid-input` where a choice must be made.
 */
export function chooseModels(
  installed: readonly InstalledModel[],
  wanted: readonly Versioned[],
): Result<readonly InstalledModel[]> {
  const known = installed.map(({ manifest }) => `${manifest.name}@${manifest.version}`).join(', ') || 'none';
  if (wanted.length === 0) {
    const names = new Set(installed.map(({ manifest }) => manifest.name));
    if (names.size === 0) return fail('model-not-found', { known });
    if (names.size > 1)
      return fail('invalid-input', {
        message: `several models are installed (${known}): choose with --model`,
      });
    return ok([newest(installed)]);
  }
  const chosen: InstalledModel[] = [];
  for (const { name, version } of wanted) {
    const fitting = installed.filter(
      ({ manifest }) => manifest.name === name && (version === undefined || manifest.version === version),
    );
    if (fitting.length === 0) {
      return fail('model-not-found', { model: version === undefined ? name : `${name}@${version}`, known });
    }
    chosen.push(newest(fitting));
  }
  return ok(
    chosen.filter((model, index) => chosen.findIndex(({ sha256 }) => sha256 === model.sha256) === index),
  );
}

function newest(models: readonly InstalledModel[]): InstalledModel {
  return models.reduce((best, model) => (isNewer(model, best) ? model : best));
}

function isNewer(left: InstalledModel, right: InstalledModel): boolean {
  const [a, b] = [left, right].map(({ manifest }) => manifest.version.split('.').map(Number));
  const place = (a ?? []).findIndex((part, index) => part !== b?.[index]);
  return place !== -1 && (a?.[place] ?? 0) > (b?.[place] ?? 0);
}
