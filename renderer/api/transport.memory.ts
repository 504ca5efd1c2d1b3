import type { CommandInput, CommandName, CommandOutput } from '../../contract/app-api.ts';
import { fail, type Result } from '../../contract/result.ts';
import type { Transport } from './transport.ts';

type Handlers = {
  readonly [Name in CommandName]?: (
    input: CommandInput<Name>,
  ) => Promise<Result<CommandOutput<Name>>> | Result<CommandOutput<Name>>;
};

/** A `main` inside the page, for tests: answers by the given handlers and sends events on demand. */
export function memoryTransport(handlers: Handlers): Transport & {
  readonly asked: readonly { name: string; input: unknown }[];
  emit(event: unknown): void;
} {
  const listeners = new Set<(event: unknown) => void>();
  const asked: { name: string; input: unknown }[] = [];
  return {
    asked,
    async invoke(name, input) {
      asked.push({ name, input });
      const handler = (handlers as Record<string, ((input: unknown) => unknown) | undefined>)[name];
      return handler === undefined ? fail('unknown-command') : await handler(input);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    emit(event) {
      for (const listener of listeners) listener(event);
    },
  };
}
