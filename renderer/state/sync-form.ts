/** What IT types about the way to the registry, read leniently: it is pasted from an e-mail or read from a slip. */
import { readCode } from '../../contract/registry/enrolment-code.ts';
import type { SyncSettings } from '../../contract/sync-state.ts';

export interface Enrolment {
  readonly address: string;
  readonly code: string;
  readonly name: string;
  readonly allowsPlainHttp: boolean;
}

export const emptyEnrolment: Enrolment = { address: '', code: '', name: '', allowsPlainHttp: false };

export type EnrolmentFault = 'required' | 'address' | 'plain' | 'code';
export type EnrolmentFaults = Partial<Record<'address' | 'code' | 'name', EnrolmentFault>>;

/** The address as it is sent: without blanks, and with https:// where no scheme was typed. */
export function registryAddress(typed: string): string {
  const address = typed.replaceAll(/\s+/gu, '');
  return address === '' || /^[a-z][a-z0-9+.-]*:\/\//iu.test(address) ? address : `https://${address}`;
}

export function isPlainHttp(typed: string): boolean {
  return /^http:\/\//iu.test(registryAddress(typed));
}

export function enrolmentFaults({ address, code, name, allowsPlainHttp }: Enrolment): EnrolmentFaults {
  const faults: EnrolmentFaults = {};
  if (address.trim() === '') faults.address = 'required';
  else if (!isWebAddress(registryAddress(address))) faults.address = 'address';
  else if (isPlainHttp(address) && !allowsPlainHttp) faults.address = 'plain';
  if (code.trim() === '') faults.code = 'required';
  else if (readCode(code) === undefined) faults.code = 'code';
  if (name.trim() === '') faults.name = 'required';
  return faults;
}

function isWebAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, username, password } = new URL(address);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

/** The settings as they are being typed; what is empty sets no limit. */
export interface TypedSettings {
  readonly pausesOnMetered: boolean;
  readonly from: string;
  readonly to: string;
  readonly kilobytesPerS: number | string | undefined;
  readonly keepDays: number | string | undefined;
}

export type SettingsFault = 'time' | 'half' | 'empty' | 'number';
export type SettingsFaults = Partial<Record<'from' | 'to' | 'kilobytesPerS' | 'keepDays', SettingsFault>>;

const mostKilobytesPerS = 1_000_000;
const fewestKilobytesPerS = 2;
const mostDays = 3650;

export function typedSettings(settings: SyncSettings): TypedSettings {
  const { pausesOnMetered, schedule, bandwidthBytesPerS, keepAudioDays } = settings;
  return {
    pausesOnMetered,
    from: schedule?.from ?? '',
    to: schedule?.to ?? '',
    kilobytesPerS: bandwidthBytesPerS === null ? undefined : bandwidthBytesPerS / 1000,
    keepDays: keepAudioDays ?? undefined,
  };
}

/** `HH:MM` of 22:00, 22h00, 22h, 2200 or 7:30; undefined where it is no time of day. */
export function timeOfDay(typed: string): string | undefined {
  const parts = /^(\d{1,2})(?:[:.hH](\d{2})?|(\d{2}))?$/u.exec(typed.replaceAll(/\s+/gu, ''));
  if (parts === null) return undefined;
  const [hours, minutes] = [Number(parts[1]), Number(parts[2] ?? parts[3] ?? 0)];
  if (hours > 23 || minutes > 59) return undefined;
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}

export function readSettings(
  typed: TypedSettings,
):
  | { readonly ok: true; readonly settings: SyncSettings }
  | { readonly ok: false; readonly faults: SettingsFaults } {
  const faults: SettingsFaults = {};
  const [from, to] = [timeOfDay(typed.from), timeOfDay(typed.to)];
  const [hasFrom, hasTo] = [typed.from.trim() !== '', typed.to.trim() !== ''];
  if (hasFrom && from === undefined) faults.from = 'time';
  if (hasTo && to === undefined) faults.to = 'time';
  if (hasFrom !== hasTo) faults[hasFrom ? 'to' : 'from'] ??= 'half';
  if (from !== undefined && from === to) faults.to = 'empty';
  const { kilobytesPerS, keepDays } = typed;
  const isSpeedRight =
    kilobytesPerS === undefined ||
    (typeof kilobytesPerS === 'number' &&
      kilobytesPerS >= fewestKilobytesPerS &&
      kilobytesPerS <= mostKilobytesPerS);
  const isDaysRight =
    keepDays === undefined ||
    (typeof keepDays === 'number' && Number.isInteger(keepDays) && keepDays >= 0 && keepDays <= mostDays);
  if (!isSpeedRight) faults.kilobytesPerS = 'number';
  if (!isDaysRight) faults.keepDays = 'number';
  if (Object.keys(faults).length > 0) return { ok: false, faults };
  return {
    ok: true,
    settings: {
      pausesOnMetered: typed.pausesOnMetered,
      schedule: from === undefined || to === undefined ? null : { from, to },
      bandwidthBytesPerS: typeof kilobytesPerS === 'number' ? Math.round(kilobytesPerS * 1000) : null,
      keepAudioDays: typeof keepDays === 'number' ? keepDays : null,
    },
  };
}
