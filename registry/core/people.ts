/** Rules about accounts: whose reach covers whom, who counts as the last, what a workstation is told. */
import type { AccountId } from '../../contract/ids.ts';
import type { Language } from '../../contract/localized.ts';
import type { Role } from '../../contract/people.ts';
import type { HospitalId } from '../../contract/registry/ids.ts';
import type { FeedAccount } from '../../contract/registry/sync.ts';

export type Hospitals = 'all' | readonly HospitalId[];

export interface AccountFacts {
  readonly id: AccountId;
  readonly username: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly roles: readonly Role[];
  readonly hospitals: Hospitals;
  readonly language: Language;
  readonly isDisabled: boolean;
  readonly createdAt: string;
}

/** How long an access token is good for; what it allows is read from the database at each call. */
export const accessTokenLifetimeS = 30 * 60;
/** How long a refresh token waits to be used; each use gives a new one. */
export const refreshTokenLifetimeMs = 30 * 24 * 3_600_000;

/** Usernames are one and the same whatever their case or the way that accents were typed. */
export function usernameKey(username: string): string {
  return username.trim().normalize('NFKC').toLowerCase();
}

/** Every hospital of `inner` is one of `outer`. */
export function covers(outer: Hospitals, inner: Hospitals): boolean {
  if (outer === 'all') return true;
  return inner !== 'all' && inner.every((hospital) => outer.includes(hospital));
}

export function overlaps(one: Hospitals, other: Hospitals): boolean {
  if (one === 'all') return other === 'all' || other.length > 0;
  if (other === 'all') return one.length > 0;
  return one.some((hospital) => other.includes(hospital));
}

/** May look after everything and everybody. */
export function isRegistryWideIt(account: Pick<AccountFacts, 'roles' | 'hospitals' | 'isDisabled'>): boolean {
  return !account.isDisabled && account.hospitals === 'all' && account.roles.includes('it');
}

/** Feeds on which an account stands: null is that of every workstation. */
export function feedsOf(hospitals: Hospitals): readonly (HospitalId | null)[] {
  return hospitals === 'all' ? [null] : hospitals;
}

/** What a workstation learns; without a hash nobody signs in there by this account. */
export function feedAccount(
  { id, username, displayName, roles, language, isDisabled }: AccountFacts,
  passwordHash: string | null,
): FeedAccount {
  return {
    id,
    username,
    displayName,
    roles: [...roles],
    language,
    isDisabled,
    passwordHash: isDisabled ? null : passwordHash,
  };
}

/**
 * The place that failed sign-ins are counted for. Addresses of version 6 count by their network (64 bits): one machine
 * has as many of them as it likes.
 */
export function originOfAddress(address: string): string {
  const plain = address
    .toLowerCase()
    .replace(/^::ffff:(?=\d+\.)/u, '')
    .replace(/%.*$/u, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined
      ? left
      : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/u, ''))
    .join(':')}::/64`;
}
