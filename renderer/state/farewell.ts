/** What the list of sessions says once after a session was erased: its own page is gone by then. */
import { create } from 'zustand';
import type { withdrawalKinds } from '../../contract/registry/sync.ts';

export type WithdrawalKind = (typeof withdrawalKinds)[number];

export const useFarewell = create<{ readonly erased: WithdrawalKind | null }>(() => ({ erased: null }));

export function sayErased(erased: WithdrawalKind | null): void {
  useFarewell.setState({ erased });
}
