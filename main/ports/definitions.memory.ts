import type { FormDefinition } from '../../contract/form.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import { fail, ok } from '../../contract/result.ts';
import { newestVersionsFirst } from '../core/definition-order.ts';
import type { Definitions, RefusedDefinition } from './definitions.ts';

interface DefinitionsContent {
  readonly forms: readonly FormDefinition[];
  readonly protocols: readonly ProtocolDefinition[];
  readonly refused?: readonly RefusedDefinition[];
}

/** `ship` changes what the program offers; what was kept stays. */
export function memoryDefinitions(content: DefinitionsContent): Definitions & {
  ship(content: DefinitionsContent): void;
} {
  let shipped = content;
  const kept = { forms: [] as FormDefinition[], protocols: [] as ProtocolDefinition[] };
  return {
    list: () =>
      Promise.resolve(
        ok({
          forms: newestVersionsFirst(withKept(kept.forms, shipped.forms)),
          protocols: newestVersionsFirst(withKept(kept.protocols, shipped.protocols)),
          refused: shipped.refused ?? [],
        }),
      ),
    keep({ form, protocol }) {
      const forms = form === undefined ? [] : [form];
      const protocols = protocol === undefined ? [] : [protocol];
      if (
        forms.some((one) => isOther(kept.forms, one)) ||
        protocols.some((one) => isOther(kept.protocols, one))
      ) {
        return Promise.resolve(fail('conflict', { reason: 'definition-kept' }));
      }
      kept.forms = withKept(forms, kept.forms);
      kept.protocols = withKept(protocols, kept.protocols);
      return Promise.resolve(ok(null));
    },
    ship(next) {
      shipped = next;
    },
  };
}

type Versioned = Pick<FormDefinition, 'id' | 'version'>;

function withKept<T extends Versioned>(kept: readonly T[], shipped: readonly T[]): T[] {
  return [
    ...kept,
    ...shipped.filter((definition) => !kept.some((other) => isSameVersion(other, definition))),
  ];
}

function isOther<T extends Versioned>(kept: readonly T[], definition: T): boolean {
  const found = kept.find((other) => isSameVersion(other, definition));
  return found !== undefined && JSON.stringify(found) !== JSON.stringify(definition);
}

function isSameVersion(left: Versioned, right: Versioned): boolean {
  return left.id === right.id && left.version === right.version;
}
