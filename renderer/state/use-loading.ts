import { useCallback, useEffect, useRef, useState } from 'react';
import type { CommandInput, CommandName, CommandOutput } from '../../contract/app-api.ts';
import { call } from '../api/index.ts';
import { answered, ask, notAsked, type Loading } from './loading.ts';

export interface Loaded<Value> extends Loading<Value> {
  readonly reload: () => void;
  /** Puts in what a command answered, so that it need not be asked for again. */
  readonly put: (value: Value) => void;
}

/** Asks `main` when the page opens, when the input changes, and on `reload`. */
export function useLoading<Name extends CommandName>(
  name: Name,
  input: CommandInput<Name>,
): Loaded<CommandOutput<Name>> {
  type Value = CommandOutput<Name>;
  const key = JSON.stringify(input);
  const [loading, setLoading] = useState<Loading<Value>>(notAsked);
  const current = useRef<Loading<Value>>(notAsked);

  const set = useCallback((next: Loading<Value>): void => {
    current.current = next;
    setLoading(next);
  }, []);

  const reload = useCallback((): void => {
    const asking = ask(current.current);
    set(asking);
    void call(name, JSON.parse(key) as CommandInput<Name>).then((answer) =>
      set(answered(current.current, asking.asked, answer)),
    );
  }, [name, key, set]);

  useEffect(() => reload(), [reload]);

  const put = useCallback(
    (value: Value): void => {
      const asking = ask(current.current);
      set(answered(asking, asking.asked, { ok: true, value }));
    },
    [set],
  );

  return { ...loading, reload, put };
}
