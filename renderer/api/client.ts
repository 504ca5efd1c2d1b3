/**
 * The pages' only way to `main`: commands and events of the contract, typed. Answers cross a process, so they are
 * parsed once, here; whatever is no answer of ours becomes the problem `internal`.
 */
import { config, z } from 'zod';
import {
  commands,
  events,
  type CommandInput,
  type CommandName,
  type CommandOutput,
  type EventName,
  type EventPayload,
} from '../../contract/app-api.ts';
import { fail, problemCodes, type Result } from '../../contract/result.ts';
import type { Transport } from './transport.ts';

// Without this zod probes `new Function`, which the content security policy reports as a violation.
config({ jitless: true });

const problemSchema = z.object({
  code: z.enum(problemCodes),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
const envelopeSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), problem: problemSchema }),
]);
const eventSchema = z.object({ name: z.string(), payload: z.unknown() });

export type Call = <Name extends CommandName>(
  name: Name,
  input: CommandInput<Name>,
) => Promise<Result<CommandOutput<Name>>>;

export interface Client {
  readonly call: Call;
  /** The answer ends the subscription. */
  subscribe<Name extends EventName>(name: Name, listener: (payload: EventPayload<Name>) => void): () => void;
}

export function createClient(transport: Transport): Client {
  const listeners = new Map<EventName, Set<(payload: never) => void>>();
  let stop: (() => void) | undefined;

  const deliver = (raw: unknown): void => {
    const event = eventSchema.safeParse(raw);
    if (!event.success || !Object.hasOwn(events, event.data.name)) return;
    const name = event.data.name as EventName;
    const payload = events[name].safeParse(event.data.payload);
    if (!payload.success) return;
    for (const listener of [...(listeners.get(name) ?? [])]) listener(payload.data as never);
  };

  return {
    async call(name, input) {
      let raw: unknown;
      try {
        raw = await transport.invoke(name, input);
      } catch (cause) {
        return fail('internal', { command: name }, cause);
      }
      return parseAnswer(name, raw);
    },
    subscribe(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      set.add(listener as (payload: never) => void);
      stop ??= transport.listen(deliver);
      return () => {
        set.delete(listener as (payload: never) => void);
      };
    },
  };
}

function parseAnswer<Name extends CommandName>(name: Name, raw: unknown): Result<CommandOutput<Name>> {
  const envelope = envelopeSchema.safeParse(raw);
  if (!envelope.success) return fail('internal', { command: name }, envelope.error);
  if (!envelope.data.ok) return fail(envelope.data.problem.code, envelope.data.problem.details);
  const value = commands[name].output.safeParse(envelope.data.value);
  if (!value.success) return fail('internal', { command: name }, value.error);
  return { ok: true, value: value.data as CommandOutput<Name> };
}
