/** A researcher's sitting at the registry: opened with a password, kept in memory, gone with a lock or a sign-out. */
import type { ResearchState } from '../../../contract/research.ts';
import { routes } from '../../../contract/registry/routes.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { createCanceller, type Cancellation } from '../../ports/cancellation.ts';
import type { PersonsCall, RegistryPlace, RegistryTokens } from '../../ports/registry-people.ts';
import { StoreFailure } from '../../ports/store-failure.ts';
import type { Caller, Input, Output } from '../caller.ts';
import type { Desk, RegistrySitting } from '../desk.ts';
import { recordDeed } from '../record-deed.ts';
import type { World } from '../world.ts';

/** Renewed so long before its end, so that no call meets it. */
const renewBeforeS = 60;

export function readResearchState({ world, desk }: Caller): Output<'research.state'> {
  return ok(stateOf(world, desk));
}

export async function openRegistry(
  caller: Caller,
  secret: Input<'research.open'>,
): Promise<Output<'research.open'>> {
  const { world, desk } = caller;
  const opened = await openSitting(caller, secret, { isQuiet: false });
  return opened.ok ? ok(stateOf(world, desk)) : opened;
}

export function closeRegistry({ world, desk }: Caller): Output<'research.close'> {
  leaveRegistrySitting(world, desk);
  return ok(stateOf(world, desk));
}

/**
 * Tries, once and beside everything else, the password that was just typed here: an account of the registry has the same
 * one there. Where it does not open the registry, the page asks.
 */
export function openQuietly(caller: Caller, password: string): void {
  const { world, account } = caller;
  if (account.origin !== 'registry' || !account.roles.includes('researcher')) return;
  if (placeOf(world) === undefined) return;
  openSitting(caller, { username: account.username, password }, { isQuiet: true }).catch((error: unknown) => {
    // A full disk keeps the trail from being written: the sign-in here has told of it.
    if (!(error instanceof StoreFailure)) world.memory.tellFault('registry-not-opened', error);
  });
}

/** Gives the tokens back without waiting for it; nothing of the registry stays in memory. */
export function leaveRegistrySitting(world: World, desk: Desk): void {
  const { registry, registryOpening } = desk;
  desk.registry = null;
  desk.registryOpening = null;
  registryOpening?.canceller.cancel();
  if (registry === null) return;
  registry.canceller.cancel();
  giveBack(world, registry.place, registry.tokens);
  tell(world);
}

/** One call of the registry as the person who is signed in there, with a new token where the old one has ended. */
export function askRegistry({ world, desk }: Caller, call: PersonsCall): Promise<Result<unknown>> {
  return withToken(world, desk, (token, { place, canceller }) =>
    world.registryPeople.ask(place, token, call, canceller),
  );
}

export async function withToken<T>(
  world: World,
  desk: Desk,
  send: (accessToken: string, sitting: RegistrySitting) => Promise<Result<T>>,
): Promise<Result<T>> {
  const found = sittingOf(world, desk);
  if (!found.ok) return found;
  const sitting = found.value;
  if (world.clock.monotonicMs() >= sitting.renewAtMs) {
    const renewed = await renew(world, desk, sitting);
    if (!renewed.ok) return renewed;
  }
  const { accessToken } = sitting.tokens;
  const answer = await send(accessToken, sitting);
  if (answer.ok || answer.problem.code !== 'registry-sign-in-needed') return answer;
  // Another call may have renewed it meanwhile.
  if (sitting.tokens.accessToken === accessToken) {
    const renewed = await renew(world, desk, sitting);
    if (!renewed.ok) return renewed;
  }
  const again = await send(sitting.tokens.accessToken, sitting);
  if (!again.ok && again.problem.code === 'registry-sign-in-needed') drop(world, desk, sitting);
  return again;
}

function sittingOf(world: World, desk: Desk): Result<RegistrySitting> {
  const place = placeOf(world);
  if (place === undefined) return fail('not-enrolled');
  const { registry } = desk;
  // This PC belongs to another registry by now.
  if (registry !== null && registry.place.registryId !== place.registryId) leaveRegistrySitting(world, desk);
  return desk.registry === null ? fail('registry-sign-in-needed') : ok(desk.registry);
}

function stateOf(world: World, desk: Desk): ResearchState {
  const { enrolment } = world.store.read((transaction) => transaction.sync.facts());
  return {
    registry: enrolment === null ? null : { url: enrolment.registryUrl, hospital: enrolment.hospital.name },
    sitting: desk.registry !== null ? 'open' : desk.registryOpening?.isQuiet === true ? 'opening' : 'none',
    account: desk.registry?.account ?? null,
  };
}

async function openSitting(
  { world, desk, account }: Caller,
  secret: Input<'research.open'>,
  { isQuiet }: { readonly isQuiet: boolean },
): Promise<Result<null>> {
  const place = placeOf(world);
  if (place === undefined) return fail('not-enrolled');
  leaveRegistrySitting(world, desk);
  const canceller = createCanceller();
  const opening = { canceller, isQuiet };
  desk.registryOpening = opening;
  tell(world);
  /** Whether it was still wanted; it is under way no more. */
  const close = (): boolean => {
    if (desk.registryOpening !== opening) return false;
    desk.registryOpening = null;
    return true;
  };
  const opened = await enter(world, place, secret, canceller).catch((bug: unknown) => {
    if (close()) tell(world);
    throw bug;
  });
  const isWanted = close();
  if (!opened.ok) {
    if (isWanted) tell(world);
    if (isAboutPerson(opened.problem.code)) {
      audit(world, account.username, 'research-refused', { reason: opened.problem.code });
    }
    return opened;
  }
  if (!isWanted) {
    giveBack(world, place, opened.value.tokens);
    return fail('registry-sign-in-needed');
  }
  desk.registry = { ...opened.value, canceller };
  // Before the trail: on a full disk the page sees all the same that it is open.
  tell(world);
  audit(world, account.username, 'research-opened', { username: opened.value.account.username });
  return ok(null);
}

async function enter(
  world: World,
  place: RegistryPlace,
  secret: Input<'research.open'>,
  cancellation: Cancellation,
): Promise<Result<Omit<RegistrySitting, 'canceller'>>> {
  const tokens = await world.registryPeople.signIn(place, secret, cancellation);
  if (!tokens.ok) return tokens;
  const refuse = (problem: Result<never>): Result<never> => {
    giveBack(world, place, tokens.value);
    return problem;
  };
  const { method, path, answer } = routes['account.read-own'];
  const own = await world.registryPeople.ask(place, tokens.value.accessToken, { method, path }, cancellation);
  if (!own.ok) return refuse(own);
  const account = answer.safeParse(own.value);
  if (!account.success) return refuse(fail('registry-answer-invalid', { reason: 'schema' }));
  const { id, username, displayName, roles } = account.data;
  if (!roles.includes('researcher')) return refuse(fail('registry-forbidden'));
  return ok({
    place,
    account: { id, username, displayName },
    tokens: tokens.value,
    renewAtMs: renewalOf(world, tokens.value),
    renewing: null,
    audio: null,
  });
}

/** One renewal at a time: a refresh token is good for one. */
function renew(world: World, desk: Desk, sitting: RegistrySitting): Promise<Result<null>> {
  sitting.renewing ??= renewOnce(world, desk, sitting).finally(() => {
    sitting.renewing = null;
  });
  return sitting.renewing;
}

async function renewOnce(world: World, desk: Desk, sitting: RegistrySitting): Promise<Result<null>> {
  const { place, tokens, canceller } = sitting;
  const renewed = await world.registryPeople.refresh(place, tokens.refreshToken, canceller);
  if (renewed.ok) {
    sitting.tokens = renewed.value;
    sitting.renewAtMs = renewalOf(world, renewed.value);
    // Left meanwhile: what was given back was the token before.
    if (desk.registry !== sitting) giveBack(world, place, renewed.value);
    return ok(null);
  }
  if (renewed.problem.code === 'registry-sign-in-needed') drop(world, desk, sitting);
  return renewed;
}

function renewalOf({ clock }: World, { lifetimeS }: RegistryTokens): number {
  return clock.monotonicMs() + Math.max(0, lifetimeS - renewBeforeS) * 1000;
}

/** The registry takes its tokens no more. */
function drop(world: World, desk: Desk, sitting: RegistrySitting): void {
  if (desk.registry !== sitting) return;
  desk.registry = null;
  tell(world);
}

function giveBack({ registryPeople }: World, place: RegistryPlace, { refreshToken }: RegistryTokens): void {
  void registryPeople.revoke(place, refreshToken, createCanceller());
}

function placeOf({ store }: World): RegistryPlace | undefined {
  const { enrolment } = store.read((transaction) => transaction.sync.facts());
  if (enrolment === null) return undefined;
  const { registryUrl: url, allowsPlainHttp, registryId, answerKey } = enrolment;
  return { url, allowsPlainHttp, registryId, answerKey };
}

function isAboutPerson(code: string): boolean {
  return code === 'wrong-credentials' || code === 'locked-out' || code === 'registry-forbidden';
}

function audit(
  world: World,
  by: string,
  action: 'research-opened' | 'research-refused',
  details: Readonly<Record<string, string>>,
): void {
  world.store.write((transaction) => recordDeed(transaction, { at: world.clock.now(), by, action, details }));
}

function tell({ events }: World): void {
  events.publish({ name: 'research.changed', payload: {} });
}
