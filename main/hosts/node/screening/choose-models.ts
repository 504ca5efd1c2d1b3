import { fail, ok, type Result } from '../../../../contract/result.ts';
import type { ModelsInUse } from '../../../adapters/model-folders/models-in-use.ts';
import type { InstalledModel } from '../../../ports/models.ts';
import type { Versioned } from './command-line.ts';

/** A model that was asked for by name and that this PC uses for no new session. */
export interface ModelWarning {
  readonly code: 'model-not-in-service';
  readonly model: string;
  readonly service: string;
  readonly message: string;
}

/**
 * The models that are named, each in its newest version in service where none is given; without names those that a new
 * screening in the app has preselected, else the only one in service. One that was superseded or withdrawn is run only
 * where its version is named. Problems: `model-not-found` with what is there, `invalid-input` where a choice must be
 * made.
 */
export function chooseModels(
  installed: readonly InstalledModel[],
  inUse: ModelsInUse,
  wanted: readonly Versioned[],
): Result<readonly InstalledModel[]> {
  const serving = installed.filter((model) => serviceOf(inUse, model) === 'in-service');
  const known = namesOf(installed, inUse);
  if (wanted.length === 0) return unnamed(serving, inUse, known);
  const chosen: InstalledModel[] = [];
  for (const { name, version } of wanted) {
    const called = installed.filter(({ manifest }) => manifest.name === name);
    const fitting =
      version === undefined
        ? serving.filter(({ manifest }) => manifest.name === name)
        : called.filter(({ manifest }) => manifest.version === version);
    if (fitting.length > 0) {
      chosen.push(newest(fitting));
    } else if (version === undefined && called.length > 0) {
      const message = `no version of ${name} is in service on this PC (${namesOf(called, inUse)}): name one with --model NAME@VERSION`;
      return fail('invalid-input', { message });
    } else {
      return fail('model-not-found', { model: version === undefined ? name : `${name}@${version}`, known });
    }
  }
  return ok(
    chosen.filter((model, index) => chosen.findIndex(({ sha256 }) => sha256 === model.sha256) === index),
  );
}

export function warningsOf(models: readonly InstalledModel[], inUse: ModelsInUse): readonly ModelWarning[] {
  return models.flatMap((model) => {
    const service = serviceOf(inUse, model);
    if (service === 'in-service') return [];
    const message = `this PC uses ${nameOf(model)} for no new session: it is ${service}`;
    return [{ code: 'model-not-in-service' as const, model: nameOf(model), service, message }];
  });
}

function unnamed(
  serving: readonly InstalledModel[],
  { preselected }: ModelsInUse,
  known: string,
): Result<readonly InstalledModel[]> {
  const chosen = serving.filter(({ manifest }) =>
    preselected.some(({ name, version }) => name === manifest.name && version === manifest.version),
  );
  if (chosen.length > 0) return ok(chosen);
  const names = new Set(serving.map(({ manifest }) => manifest.name));
  if (names.size === 0) return fail('model-not-found', { known });
  if (names.size > 1) {
    return fail('invalid-input', { message: `several models are installed (${known}): choose with --model` });
  }
  return ok([newest(serving)]);
}

function serviceOf({ services }: ModelsInUse, { sha256 }: Pick<InstalledModel, 'sha256'>): string {
  return services[sha256] ?? 'in-service';
}

const nameOf = ({ manifest }: InstalledModel): string => `${manifest.name}@${manifest.version}`;

function namesOf(models: readonly InstalledModel[], inUse: ModelsInUse): string {
  const named = models.map((model) => {
    const service = serviceOf(inUse, model);
    return service === 'in-service' ? nameOf(model) : `${nameOf(model)} ${service}`;
  });
  return named.join(', ') || 'none';
}

function newest(models: readonly InstalledModel[]): InstalledModel {
  return models.reduce((best, model) => (isNewer(model, best) ? model : best));
}

function isNewer(left: InstalledModel, right: InstalledModel): boolean {
  const [a, b] = [left, right].map(({ manifest }) => manifest.version.split('.').map(Number));
  const place = (a ?? []).findIndex((part, index) => part !== b?.[index]);
  return place !== -1 && (a?.[place] ?? 0) > (b?.[place] ?? 0);
}
