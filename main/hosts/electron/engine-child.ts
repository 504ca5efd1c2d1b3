import type { EngineChild } from '../../../native/onnx/engine.ts';

export interface UtilityProcessLike {
  readonly pid: number | undefined;
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  once(event: 'exit', listener: (code: number) => void): unknown;
  kill(): boolean;
}

export interface UtilityProcesses {
  fork(
    modulePath: string,
    args: string[],
    options: { serviceName: string; stdio: 'ignore' },
  ): UtilityProcessLike;
}

/** The engine's child under Electron, where the fuse `runAsNode` is off and fork() would start a second app. */
export function utilityEngineChild(utilityProcess: UtilityProcesses, workerPath: string): EngineChild {
  const child = utilityProcess.fork(workerPath, [], { serviceName: 'SPIRA engine', stdio: 'ignore' });
  return {
    // Known only once the process has started, hence read each time.
    get pid() {
      return child.pid;
    },
    post: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.once('exit', (exitCode) => listener({ exitCode, signal: null })),
    kill: () => killSurely(child),
  };
}

/** `kill` alone asks politely (SIGTERM), which a child that is inside a graph does not hear. */
function killSurely(child: UtilityProcessLike): void {
  const { pid } = child;
  child.kill();
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
