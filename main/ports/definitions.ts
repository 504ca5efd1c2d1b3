import type { FormDefinition } from '../../contract/form.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { Result } from '../../contract/result.ts';

/** All versions of all forms and protocols, newest version of each id first. */
export interface Definitions {
  /** `definition-invalid` names the file and what is wrong in it; one bad file never hides the good ones at use. */
  list(): Promise<
    Result<{ readonly forms: readonly FormDefinition[]; readonly protocols: readonly ProtocolDefinition[] }>
  >;
}
