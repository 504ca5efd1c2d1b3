/** The PC's lines, by what its interfaces say. */
import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../../ports/clock.ts';
import type { NetworkWatch } from '../../ports/network-watch.ts';

/** No system tells Node when an address comes or goes: it is looked at. */
const lookEveryMs = 5_000;
const answerWithinMs = 5_000;

export interface NetworkSurroundings {
  /** The addresses that this PC has, in one text. */
  readonly addresses: () => string;
  /** What a program prints; undefined where it is not there or fails. */
  readonly run: (file: string, args: readonly string[]) => Promise<string | undefined>;
  readonly platform: NodeJS.Platform;
}

export function systemNetworkWatch(
  clock: Pick<Clock, 'after'>,
  surroundings: NetworkSurroundings = realSurroundings,
): NetworkWatch {
  const listeners = new Set<() => void>();
  let known = surroundings.addresses();
  let timer: { cancel(): void } | undefined;
  const look = (): void => {
    const now = surroundings.addresses();
    if (now !== known) for (const listener of [...listeners]) listener();
    known = now;
    timer = listeners.size === 0 ? undefined : clock.after(lookEveryMs, look);
  };
  return {
    isMetered: () => meteredBySystem(surroundings),
    onChange(listener) {
      listeners.add(listener);
      timer ??= clock.after(lookEveryMs, look);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        timer?.cancel();
        timer = undefined;
      };
    },
  };
}

const windowsQuestion =
  '[void][Windows.Networking.Connectivity.NetworkInformation,Windows,ContentType=WindowsRuntime];' +
  '[Windows.Networking.Connectivity.NetworkInformation]::GetInternetConnectionProfile()' +
  '.GetConnectionCost().NetworkCostType';

/** NetworkManager's word on Linux, the connection's cost on Windows; null where nobody knows. */
async function meteredBySystem({ platform, run }: NetworkSurroundings): Promise<boolean | null> {
  if (platform === 'linux') {
    const said = await run('nmcli', ['-t', '-f', 'GENERAL.STATE,GENERAL.METERED', 'device', 'show']);
    return said === undefined ? null : meteredByNetworkManager(said);
  }
  if (platform === 'win32') {
    const said = await run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', windowsQuestion]);
    const cost = said?.trim();
    if (cost === 'Fixed' || cost === 'Variable') return true;
    return cost === 'Unrestricted' ? false : null;
  }
  return null;
}

/** One metered device that is in use suffices: which one the bytes would take is not known. */
function meteredByNetworkManager(said: string): boolean | null {
  const devices = said.split(/\n\s*\n/u).filter((device) => /GENERAL\.STATE:100\b/u.test(device));
  const words = devices.flatMap((device) => /GENERAL\.METERED:(\w+)/u.exec(device)?.[1] ?? []);
  const told = words.filter((word) => word === 'yes' || word === 'no');
  return told.length === 0 ? null : told.includes('yes');
}

const realSurroundings: NetworkSurroundings = {
  platform: process.platform,
  addresses: () =>
    Object.entries(networkInterfaces())
      .flatMap(([name, addresses = []]) =>
        addresses.filter(({ internal }) => !internal).map(({ address }) => `${name} ${address}`),
      )
      .toSorted()
      .join('\n'),
  run: (file, args) =>
    new Promise((resolve) => {
      execFile(file, [...args], { timeout: answerWithinMs, windowsHide: true }, (error, stdout) =>
        resolve(error === null ? stdout : undefined),
      );
    }),
};
