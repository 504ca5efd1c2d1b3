/** What goes over the simulated line, as it would over HTTP. */

export interface WireRequest {
  readonly requestId: string;
  readonly method: 'GET' | 'POST' | 'HEAD' | 'PATCH';
  /** With query. */
  readonly path: string;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export const noBody = new Uint8Array(0);

export async function* inOnePiece(body: Uint8Array): AsyncGenerator<Uint8Array, void> {
  await Promise.resolve();
  if (body.length > 0) yield body;
}

/** A body on its way: written at one end, read at the other, broken by whoever loses the line. */
export interface Pipe {
  readonly chunks: AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): void;
  end(): void;
  /** What was written is read first, then the reader fails. */
  break(): void;
}

export function openPipe(): Pipe {
  const held: Uint8Array[] = [];
  let end: 'whole' | 'broken' | undefined;
  let wake = (): void => undefined;
  async function* read(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const chunk = held.shift();
      if (chunk !== undefined) {
        yield chunk;
        continue;
      }
      if (end === 'broken') throw new Error('the line broke');
      if (end === 'whole') return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  const finish = (how: 'whole' | 'broken'): void => {
    end ??= how;
    wake();
  };
  return {
    chunks: read(),
    write(bytes) {
      if (end !== undefined) return;
      held.push(bytes);
      wake();
    },
    end: () => finish('whole'),
    break: () => finish('broken'),
  };
}
