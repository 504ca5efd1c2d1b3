/** What is wrong with an account as it is being typed, by the rules that `main` will apply. */
import { minimumPasswordLength, passwordSchema, usernameSchema, type Role } from '../../contract/people.ts';

export interface NewAccount {
  readonly displayName: string;
  readonly username: string;
  readonly password: string;
  readonly passwordAgain: string;
  readonly roles: readonly Role[];
}

export type AccountFault = 'required' | 'username' | 'password-short' | 'passwords-differ' | 'roles';
export type AccountFaults = Partial<Record<keyof NewAccount, AccountFault>>;

export function newAccountFaults(account: NewAccount): AccountFaults {
  const faults: AccountFaults = { ...passwordFaults(account) };
  if (account.displayName.trim() === '') faults.displayName = 'required';
  if (account.username.trim() === '') faults.username = 'required';
  else if (!usernameSchema.safeParse(account.username).success) faults.username = 'username';
  if (account.roles.length === 0) faults.roles = 'roles';
  return faults;
}

export function passwordFaults({
  password,
  passwordAgain,
}: Pick<NewAccount, 'password' | 'passwordAgain'>): Pick<AccountFaults, 'password' | 'passwordAgain'> {
  if (password === '') return { password: 'required' };
  if (!passwordSchema.safeParse(password).success) return { password: 'password-short' };
  return password === passwordAgain ? {} : { passwordAgain: 'passwords-differ' };
}

export function isComplete(faults: AccountFaults): boolean {
  return Object.keys(faults).length === 0;
}

export { minimumPasswordLength };
