import type { FormDefinition } from '../../contract/form.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import { ok } from '../../contract/result.ts';
import { newestVersionsFirst } from '../core/definition-order.ts';
import type { Definitions, RefusedDefinition } from './definitions.ts';

export function memoryDefinitions(content: {
  readonly forms: readonly FormDefinition[];
  readonly protocols: readonly ProtocolDefinition[];
  readonly refused?: readonly RefusedDefinition[];
}): Definitions {
  return {
    list: () =>
      Promise.resolve(
        ok({
          forms: newestVersionsFirst(content.forms),
          protocols: newestVersionsFirst(content.protocols),
          refused: content.refused ?? [],
        }),
      ),
  };
}
