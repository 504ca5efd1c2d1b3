import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { Text } from '../i18n/index.ts';

/** The title that a protocol gives a step; a step of a protocol that is gone keeps its key, so that nothing is hidden. */
export function stepTitle(
  { local }: Pick<Text, 'local'>,
  protocols: readonly ProtocolDefinition[],
  stepKey: string,
  reference?: { readonly id: string; readonly version: string },
): string {
  const own = protocols.filter(
    (protocol) =>
      reference === undefined || (protocol.id === reference.id && protocol.version === reference.version),
  );
  const step = [...own, ...protocols]
    .flatMap((protocol) => protocol.steps)
    .find((candidate) => candidate.key === stepKey);
  return step === undefined ? stepKey : local(step.title);
}
