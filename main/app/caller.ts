import type { CommandName, CommandOutput, ParsedInput } from '../../contract/app-api.ts';
import type { Account } from '../../contract/people.ts';
import type { Result } from '../../contract/result.ts';
import type { Desk } from './desk.ts';
import type { World } from './world.ts';

/** Who asks, from where, on which workstation. Rights were checked before. */
export interface Caller {
  readonly world: World;
  readonly desk: Desk;
  readonly account: Account;
}

/** A caller of a command that needs no sign-in. */
export interface Visitor {
  readonly world: World;
  readonly desk: Desk;
  readonly account: Account | null;
}

export type Input<Name extends CommandName> = ParsedInput<Name>;
/** What a use case answers; `dispatch` encodes it by the output schema. */
export type Output<Name extends CommandName> = Result<CommandOutput<Name>>;
