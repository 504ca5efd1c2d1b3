import { describe, expect, it } from 'vitest';
import { memoryClock } from '../../ports/clock.memory.ts';
import { systemNetworkWatch, type NetworkSurroundings } from './network-watch.ts';

function surroundings(said: string | undefined, platform: NodeJS.Platform = 'linux') {
  let addresses = 'eth0 10.0.0.2';
  const asked: string[] = [];
  const value: NetworkSurroundings = {
    platform,
    addresses: () => addresses,
    run: (file) => {
      asked.push(file);
      return Promise.resolve(said);
    },
  };
  return { value, asked, change: (next: string) => (addresses = next) };
}

describe('the network watch', () => {
  it('tells when an address came or went, while somebody listens', () => {
    const clock = memoryClock();
    const { value, change } = surroundings(undefined);
    const watch = systemNetworkWatch(clock, value);
    let told = 0;
    const leave = watch.onChange(() => (told += 1));
    clock.advance(60_000);
    expect(told).toBe(0);
    change('wlan0 10.0.0.3');
    clock.advance(10_000);
    expect(told).toBe(1);
    leave();
    change('');
    clock.advance(60_000);
    expect(told).toBe(1);
  });

  const device = (state: string, metered: string) => `GENERAL.STATE:${state}\nGENERAL.METERED:${metered}\n`;
  it.each<[NodeJS.Platform, string | undefined, boolean | null]>([
    ['linux', undefined, null],
    ['linux', device('100 (connected)', 'yes (guessed)'), true],
    ['linux', device('100 (connected)', 'no'), false],
    ['linux', device('100 (connected)', 'unknown'), null],
    ['linux', `${device('30 (disconnected)', 'yes')}\n${device('100 (connected)', 'no')}`, false],
    ['linux', `${device('100 (connected)', 'no')}\n${device('100 (connected)', 'yes')}`, true],
    ['win32', 'Unrestricted\r\n', false],
    ['win32', 'Variable\r\n', true],
    ['win32', 'Fixed\r\n', true],
    ['win32', 'Unknown\r\n', null],
    ['win32', undefined, null],
    ['darwin', 'yes', null],
  ])('on %s takes %j for metered: %s', async (platform, said, expected) => {
    const { value } = surroundings(said, platform);
    expect(await systemNetworkWatch(memoryClock(), value).isMetered()).toBe(expected);
  });
});
