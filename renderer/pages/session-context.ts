import type { CommandOutput } from '../../contract/app-api.ts';
import type { Account } from '../../contract/people.ts';
import type { SessionDetail } from '../../contract/session.ts';

/** What every part of the session page works on. */
export interface SessionContext {
  readonly session: SessionDetail;
  readonly definitions: CommandOutput<'definitions.list'>;
  readonly models: CommandOutput<'models.list'>;
  readonly account: Account;
  readonly put: (session: SessionDetail) => void;
  readonly reload: () => void;
}
