import { ok } from '../../contract/result.ts';
import type { Output, Visitor } from './caller.ts';
import { settingsOf } from './settings.ts';

export function readAppState({ world, desk, account }: Visitor): Output<'app.state'> {
  const { appVersion, host, notices } = world;
  return world.store.read((transaction) =>
    ok({
      appVersion,
      host,
      isFirstStart: transaction.accounts.all().length === 0,
      account,
      isLocked: desk.isLocked,
      lastUsername: transaction.facts.get('last-username') ?? null,
      settings: settingsOf(transaction),
      notices: [...notices],
    }),
  );
}
