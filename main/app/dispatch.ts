/**
 * The one way into the workstation: rights, then the input's schema, then the use case, then the output's schema. Hosts
 * check who sends and call this; they decide nothing.
 */
import { commands, isCommandName, type CommandName } from '../../contract/app-api.ts';
import type { Account } from '../../contract/people.ts';
import { fail, ok, type Problem, type ProblemCode, type Result } from '../../contract/result.ts';
import { StoreFailure } from '../ports/store-failure.ts';
import type { Visitor } from './caller.ts';
import type { Desk } from './desk.ts';
import { handlers } from './handlers.ts';
import { retryScreenings } from './hold-screening.ts';
import { recordDeed } from './record-deed.ts';
import { endSitting, toAccount } from './sign-in.ts';
import type { World } from './world.ts';

/** What pages ask by themselves, on a timer or an event: it does not show that somebody is there. */
const automatic: ReadonlySet<CommandName> = new Set([
  'app.state',
  'home.state',
  'sessions.list',
  'sessions.get',
  'sessions.save-draft',
  'definitions.list',
  'models.list',
  'storage.state',
  'sync.state',
  'sync.reviews',
  'audit.list',
  'recording.append',
  'recording.audio',
  'research.state',
  'research.audio',
  'research.labels.add',
  'research.training-jobs.list',
  'research.training-runs.list',
  'research.training-runs.read',
  'people.lock',
]);

/**
 * Answers a command with its encoded output or a problem without its cause. Rejects for a bug only: the host logs that
 * and answers `internal`.
 */
export async function dispatch(
  world: World,
  desk: Desk,
  name: string,
  rawInput: unknown,
): Promise<Result<unknown>> {
  try {
    return await answer(world, desk, name, rawInput);
  } catch (error) {
    if (error instanceof StoreFailure) return withoutCause(error.problem);
    throw error;
  }
}

async function answer(world: World, desk: Desk, name: string, rawInput: unknown): Promise<Result<unknown>> {
  if (!isCommandName(name)) return fail('unknown-command');
  await refreshAccount(world, desk);
  const refusal = refusalOf(desk, name);
  if (refusal !== undefined) {
    auditRefusal(world, desk, name, refusal);
    return fail(refusal, { command: name });
  }
  const command = commands[name];
  const parsed = command.input.safeParse(rawInput);
  if (!parsed.success) return fail('invalid-input', inputFault(parsed.error.issues[0]));
  const isDeed = desk.account !== null && !desk.isLocked && !automatic.has(name);
  if (isDeed) desk.lastActiveMs = world.clock.monotonicMs();
  // The table ties each handler to its own input and caller; rights and input were checked just above.
  const handler = handlers[name] as (
    caller: Visitor,
    input: unknown,
  ) => Promise<Result<unknown>> | Result<unknown>;
  const result = await handler({ world, desk, account: desk.account }, parsed.data);
  if (isDeed) retryScreenings(world);
  if (!result.ok) return withoutCause(result.problem);
  const encoded = command.output.safeParse(result.value);
  if (encoded.success) return ok(encoded.data);
  const faults = encoded.error.issues.map((issue) => pathOf(issue.path)).join(', ');
  throw new Error(`${name} answers what its schema does not allow, at ${faults}`);
}

/** Rights are those of now: an account that was disabled or changed since sign-in does not keep them. */
async function refreshAccount(world: World, desk: Desk): Promise<void> {
  const { account } = desk;
  if (account === null) return;
  const record = world.store.read((transaction) => transaction.accounts.get(account.id));
  if (record === undefined || record.isDisabled) await endSitting(world, desk);
  else desk.account = toAccount(record);
}

type Refusal = Extract<ProblemCode, 'not-signed-in' | 'locked' | 'forbidden'>;

/** Undefined only where the table says that this desk may. */
function refusalOf({ account, isLocked }: Desk, name: CommandName): Refusal | undefined {
  const command: { readonly allowed: Allowed; readonly whileLocked?: true } = commands[name];
  const mayWhileLocked = command.whileLocked === true;
  if (command.allowed === 'anyone') return isLocked && !mayWhileLocked ? 'locked' : undefined;
  if (account === null) return 'not-signed-in';
  if (command.allowed !== 'signed-in' && !holdsOneOf(account, command.allowed)) return 'forbidden';
  return isLocked && !mayWhileLocked ? 'locked' : undefined;
}

type Allowed = (typeof commands)[CommandName]['allowed'];

function holdsOneOf({ roles }: Account, allowed: readonly string[]): boolean {
  return roles.some((role) => allowed.includes(role));
}

/** Every try beyond the role; what a page keeps asking after a lock or a sign-out, once. */
function auditRefusal(world: World, desk: Desk, command: CommandName, reason: Refusal): void {
  const key = `${command} ${reason}`;
  if (reason !== 'forbidden' && desk.auditedRefusals.has(key)) return;
  desk.auditedRefusals.add(key);
  world.store.write((transaction) =>
    recordDeed(transaction, {
      at: world.clock.now(),
      by: desk.account?.username ?? 'system',
      action: 'command-refused',
      details: { command, reason },
    }),
  );
}

interface InputIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
}

/** Where the fault is and of which kind; never what was sent. */
function inputFault(issue: InputIssue | undefined): { readonly path: string; readonly fault: string } {
  return { path: pathOf(issue?.path ?? []), fault: issue?.code ?? 'invalid' };
}

function pathOf(path: readonly PropertyKey[]): string {
  // A key may itself have been typed by somebody.
  const names = path.map((key) => (/^[A-Za-z0-9_-]{1,64}$/u.test(String(key)) ? String(key) : '?'));
  return names.join('.') || 'input';
}

function withoutCause({ code, details }: Problem): Result<never> {
  return details === undefined ? fail(code) : fail(code, details);
}
