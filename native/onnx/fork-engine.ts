import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EngineChild } from './engine.ts';

export interface ForkOptions {
  /** Flags for the child's Node; none by default (the parent's own are not inherited). */
  readonly execArgv?: readonly string[];
  /** Entry of the child; the source file beside this one by default, another when the program is bundled. */
  readonly workerPath?: string;
  /** What ONNX Runtime or a driver writes to stderr; dropped when absent. */
  readonly onStderr?: (text: string) => void;
}

/** Starts the engine's child process under Node. It dies with this process, however this one ends. */
export function forkEngineChild(options: ForkOptions = {}): EngineChild {
  const workerPath = options.workerPath ?? fileURLToPath(new URL('./engine-worker.ts', import.meta.url));
  const child = fork(workerPath, ['--die-with-stdin'], {
    execArgv: [...(options.execArgv ?? [])],
    serialization: 'advanced',
    stdio: ['pipe', 'ignore', options.onStderr === undefined ? 'ignore' : 'pipe', 'ipc'],
  });
  const { onStderr } = options;
  if (onStderr !== undefined) child.stderr?.setEncoding('utf8').on('data', onStderr);
  // Writing to a child that is gone shows as its exit; the stream's own error says nothing more.
  child.stdin?.on('error', () => undefined);
  return {
    pid: child.pid,
    post: (message) => {
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => {
      child.once('exit', (exitCode, signal) => listener({ exitCode, signal }));
      child.once('error', () => listener({ exitCode: null, signal: null }));
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
