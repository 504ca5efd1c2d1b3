import { describe, expect, it } from 'vitest';
import type { RegistrySession } from '../../contract/registry/routes.ts';
import { fail, ok } from '../../contract/result.ts';
import { emptyRegistryList, filtered, furtherPage, withPage } from './registry-list.ts';

const row = (id: string): RegistrySession => ({ id }) as RegistrySession;
const everything = { hospitalId: null, state: null };
const ids = ({ rows }: { readonly rows: readonly RegistrySession[] }) => rows.map(({ id }) => id);

describe('the list of the registry’s sessions', () => {
  it('grows page by page, and no session stands in it twice', () => {
    const first = withPage(
      filtered(emptyRegistryList, everything),
      1,
      ok({ sessions: [row('a'), row('b')], next: '7' }),
    );
    const second = withPage(furtherPage(first), 2, ok({ sessions: [row('b'), row('c')], next: null }));
    expect([ids(first), first.next]).toEqual([['a', 'b'], '7']);
    expect([ids(second), second.next, second.isWaiting]).toEqual([['a', 'b', 'c'], null, false]);
  });

  it('begins anew under another filter, and drops what comes late for the one before', () => {
    const asked = filtered(emptyRegistryList, everything);
    const changed = filtered(asked, { hospitalId: 'h', state: null });
    expect(withPage(changed, asked.asked, ok({ sessions: [row('a')], next: null }))).toBe(changed);
    expect(changed.rows).toEqual([]);
  });

  it('keeps what is here when a further page does not come', () => {
    const first = withPage(
      filtered(emptyRegistryList, everything),
      1,
      ok({ sessions: [row('a')], next: '1' }),
    );
    const failed = withPage(furtherPage(first), 2, fail('registry-unreachable'));
    expect([ids(failed), failed.problem?.code, failed.next]).toEqual([['a'], 'registry-unreachable', '1']);
  });
});
