import { describe, expect, it } from 'vitest';
import { makeEnrolmentCode } from '../../contract/registry/enrolment-code.ts';
import { syncSettingsSchema, type SyncSettings } from '../../contract/sync-state.ts';
import {
  emptyEnrolment,
  enrolmentFaults,
  isPlainHttp,
  readSettings,
  registryAddress,
  timeOfDay,
  typedSettings,
} from './sync-form.ts';

const code = makeEnrolmentCode(
  Uint8Array.from({ length: 20 }, (_, index) => index * 7),
  'ab'.repeat(32),
);
const right = { address: 'https://registro.exemplo.org', code, name: 'W', allowsPlainHttp: false };

describe('an enrolment as it is typed', () => {
  it('takes an address as it comes out of an e-mail', () => {
    expect(registryAddress(' https://registro.exemplo.org/ \n')).toBe('https://registro.exemplo.org/');
    expect(registryAddress('registro.exemplo.org:8443')).toBe('https://registro.exemplo.org:8443');
    expect(registryAddress('HTTP://10.0.0.7')).toBe('HTTP://10.0.0.7');
    expect(registryAddress(' ')).toBe('');
  });

  it('takes a code in small letters, with blanks instead of dashes', () => {
    expect(enrolmentFaults({ ...right, code: ` ${code.toLowerCase().replaceAll('-', ' ')}\n` })).toEqual({});
  });

  it('asks for what is missing', () => {
    expect(enrolmentFaults(emptyEnrolment)).toEqual({
      address: 'required',
      code: 'required',
      name: 'required',
    });
  });

  it.each(['ftp://registro.exemplo.org', 'https://', 'https://ana:senha@registro.exemplo.org'])(
    'does not take %s for an address',
    (address) => {
      expect(enrolmentFaults({ ...right, address })).toEqual({ address: 'address' });
    },
  );

  it('sees that a code was not copied whole', () => {
    expect(enrolmentFaults({ ...right, code: code.slice(0, -1) })).toEqual({ code: 'code' });
  });

  it('goes without encryption only where it was allowed', () => {
    const plain = { ...right, address: 'http://10.0.0.7:8080' };
    expect(isPlainHttp(plain.address)).toBe(true);
    expect(isPlainHttp(right.address)).toBe(false);
    expect(enrolmentFaults(plain)).toEqual({ address: 'plain' });
    expect(enrolmentFaults({ ...plain, allowsPlainHttp: true })).toEqual({});
  });
});

describe('a time of day', () => {
  it.each([
    ['22:00', '22:00'],
    ['7:30', '07:30'],
    ['22h', '22:00'],
    ['22h15', '22:15'],
    ['0715', '07:15'],
    [' 6 ', '06:00'],
    ['24:00', undefined],
    ['12:60', undefined],
    ['noon', undefined],
    ['', undefined],
  ])('%j is read as %j', (typed, time) => {
    expect(timeOfDay(typed)).toBe(time);
  });
});

describe('the settings of sending', () => {
  const settings: SyncSettings = {
    pausesOnMetered: true,
    schedule: { from: '22:00', to: '06:00' },
    bandwidthBytesPerS: 131_072,
    keepAudioDays: 30,
  };
  const open: SyncSettings = {
    pausesOnMetered: false,
    schedule: null,
    bandwidthBytesPerS: null,
    keepAudioDays: null,
  };

  it.each([settings, open])('come back as they were when nothing is typed', (kept) => {
    expect(readSettings(typedSettings(kept))).toEqual({ ok: true, settings: kept });
  });

  it('are taken by the contract at the ends of what the page allows', () => {
    for (const [kilobytesPerS, keepDays] of [
      [2, 0],
      [1_000_000, 3650],
    ] as const) {
      const read = readSettings({ ...typedSettings(open), kilobytesPerS, keepDays });
      expect(read.ok && syncSettingsSchema.safeParse(read.settings).success).toBe(true);
    }
  });

  it.each([
    [{ from: '25:00' }, { from: 'time' }],
    [{ to: '' }, { to: 'half' }],
    [{ from: '' }, { from: 'half' }],
    [{ from: '6' }, { to: 'empty' }],
    [{ kilobytesPerS: 1 }, { kilobytesPerS: 'number' }],
    [{ kilobytesPerS: 'much' }, { kilobytesPerS: 'number' }],
    [{ keepDays: 1.5 }, { keepDays: 'number' }],
    [{ keepDays: -1 }, { keepDays: 'number' }],
  ])('%j is not saved', (change, faults) => {
    expect(readSettings({ ...typedSettings(settings), ...change })).toEqual({ ok: false, faults });
  });
});
