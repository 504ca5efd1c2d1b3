import { productionAlias } from '../../core/models.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { ModelFolder } from '../../ports/model-packages.ts';
import type { Row } from '../../ports/store.ts';
import type { World } from '../world.ts';
import { findModelByAlias, findModelVersion, openModel } from './model-rows.ts';

export interface ShelvedModel {
  readonly row: Row<'models'>;
  /** Its folder on this machine; fetched on first use. */
  open(): Promise<Outcome<ModelFolder>>;
}

export interface ModelShelf {
  /** Without a version: the one that `production` points at now. */
  find(name: string, version?: string): Promise<Outcome<ShelvedModel>>;
}

/** Versions never change, so that each is read from the database once; aliases are looked up every time. */
export function createModelShelf(world: Pick<World, 'store' | 'packages' | 'blobs' | 'log'>): ModelShelf {
  const shelf = new Map<string, ShelvedModel>();

  const put = (row: Row<'models'>): ShelvedModel => {
    const known = shelf.get(row.id);
    if (known !== undefined) return known;
    const model: ShelvedModel = {
      row,
      async open() {
        const opened = await openModel(world, row);
        if (opened.ok) return done(opened.value);
        const { code, cause } = opened.problem;
        world.log.error('model-not-opened', cause, { model: row.id, code });
        return refuse('not-ready', 'The model cannot be read at the moment', { cause });
      },
    };
    shelf.set(row.id, model);
    return model;
  };

  return {
    async find(name, version) {
      if (version !== undefined) {
        for (const model of shelf.values()) {
          if (model.row.name === name && model.row.version === version) return done(model);
        }
      }
      const row = await world.store.read((reader) =>
        version === undefined
          ? findModelByAlias(reader, name, productionAlias)
          : findModelVersion(reader, name, version),
      );
      return row === undefined ? refuse('not-found', 'model not found') : done(put(row));
    },
  };
}
