import { revokeFormSchema, tokenFormSchema } from '../../../contract/registry/oauth.ts';
import { refuse } from '../../core/outcome.ts';
import type { Handlers } from '../handlers.ts';
import { makeFirstAccount } from './first-account.ts';
import { createHospital, listHospitals, renameHospital } from './hospitals.ts';
import { createAccount, listAccounts, updateAccount } from './manage-accounts.ts';
import { changeOwnPassword, readOwnAccount } from './own-account.ts';
import { refreshTokens, revokeToken, signIn } from './sign-in.ts';

export const peopleHandlers = {
  'first-account.create': (call, { body }) => makeFirstAccount(call, body),
  'token.create': async (call, { body }) => {
    const form = tokenFormSchema.safeParse(body);
    if (!form.success) {
      const isKnownGrant = body['grant_type'] === 'password' || body['grant_type'] === 'refresh_token';
      return refuse('invalid-input', 'grant_type is password (username, password) or refresh_token', {
        facts: { field: isKnownGrant ? String(form.error.issues[0]?.path.join('.') ?? '') : 'grant_type' },
      });
    }
    return form.data.grant_type === 'password'
      ? signIn(call, form.data)
      : refreshTokens(call, form.data.refresh_token);
  },
  'token.revoke': async (call, { body }) => {
    const form = revokeFormSchema.safeParse(body);
    return form.success
      ? revokeToken(call, form.data.token)
      : refuse('invalid-input', 'token is needed', { facts: { field: 'token' } });
  },
  'account.read-own': (call) => readOwnAccount(call),
  'account.change-own': (call, { body }) => changeOwnPassword(call, body),
  'accounts.list': (call) => listAccounts(call),
  'accounts.create': (call, { body }) => createAccount(call, body),
  'accounts.update': (call, input) => updateAccount(call, input),
  'hospitals.list': (call) => listHospitals(call),
  'hospitals.create': (call, { body }) => createHospital(call, body),
  'hospitals.rename': (call, input) => renameHospital(call, input),
} as const satisfies Handlers;
