import { describe, expect, it } from 'vitest';
import { formatsFor } from './format.ts';
import { translate } from './translate.ts';

const home = 'America/Sao_Paulo';
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/gu, ' ');

describe('dates and numbers', () => {
  it('show a moment in the zone of the PC that wrote it, and name the zone only when it differs', () => {
    const at = '2026-11-21T17:02:03.004Z';
    const pt = formatsFor('pt-BR', home);
    expect(plain(pt.compactMoment({ at, zone: home }))).toBe('21/11/2026, 14:02');
    expect(plain(pt.compactMoment({ at, zone: 'America/Manaus' }))).toBe('21/11/2026, 13:02 GMT-4');
    expect(plain(formatsFor('es', home).compactMoment({ at, zone: home }))).toBe('21/11/2026, 14:02');
  });

  it('put the day before the month in English too, as dates are typed', () => {
    const en = formatsFor('en', home);
    expect(plain(en.compactMoment({ at: '2026-02-01T17:02:03.004Z', zone: home }))).toBe('01/02/2026, 14:02');
    expect(en.date('2026-02-01')).toBe('1 Feb 2026');
  });

  it('keep a moment readable when its zone is unknown to this PC', () => {
    const pt = formatsFor('pt-BR', home);
    expect(plain(pt.compactMoment({ at: '2026-11-21T17:02:03.004Z', zone: 'Mars/Olympus' }))).toBe(
      '21/11/2026, 14:02',
    );
  });

  it('show the last contact as a time today and with its date otherwise', () => {
    const en = formatsFor('en', home);
    const now = new Date('2026-11-21T20:00:00.000Z');
    expect(en.contact('2026-11-21T17:02:00.000Z', now)).toBe('14:02');
    expect(en.contact('2026-11-20T17:02:00.000Z', now)).toBe('20 Nov 2026, 14:02');
    // 01:30 UTC of the 21st is still the evening of the 20th here.
    expect(en.contact('2026-11-21T01:30:00.000Z', now)).toBe('20 Nov 2026, 22:30');
  });

  it('say how long ago something was, and nothing where the clock was set back', () => {
    const en = formatsFor('en', home);
    const now = new Date('2026-11-21T20:00:00.000Z');
    expect(en.ago('2026-11-21T19:59:30.000Z', now)).toBe('now');
    expect(en.ago('2026-11-21T19:58:59.000Z', now)).toBe('1 minute ago');
    expect(en.ago('2026-11-21T17:30:00.000Z', now)).toBe('2 hours ago');
    expect(formatsFor('pt-BR', home).ago('2026-11-14T20:00:00.000Z', now)).toBe('há 7 dias');
    expect(en.ago('2026-11-21T20:00:59.000Z', now)).toBe('now');
    expect(en.ago('2026-11-21T20:01:00.000Z', now)).toBeUndefined();
    expect(plain(en.span(-150_000))).toBe('3 minutes');
    expect(plain(formatsFor('es', home).span(26 * 3_600_000))).toBe('1 día');
  });

  it('say how far ahead something is, with the day of its week', () => {
    const en = formatsFor('en', home);
    const now = new Date('2026-11-21T20:00:00.000Z');
    const saturday = '2026-11-28T06:00:00.000Z';
    expect(en.instantInFull(saturday)).toMatch(/^Saturday,? 28 November 2026.* 03:00$/u);
    expect(formatsFor('pt-BR', home).instantInFull(saturday)).toMatch(
      /^sábado, 28 de novembro de 2026.* 03:00$/u,
    );
    expect(en.ahead(saturday, now)).toBe('in 6 days');
    expect(formatsFor('es', home).ahead('2026-11-21T20:40:00.000Z', now)).toBe('dentro de 40 minutos');
    expect(en.ahead('2026-11-21T19:59:59.000Z', now)).toBeUndefined();
  });

  it('write numbers with units as the language does', () => {
    const pt = formatsFor('pt-BR', home);
    const en = formatsFor('en', home);
    expect(pt.number(0.5, 2)).toBe('0,50');
    expect(en.number(1234.5)).toBe('1,234.5');
    expect(plain(pt.seconds(1.25))).toBe('1,3 s');
    expect(plain(en.bytes(0))).toBe('0 byte');
    expect(plain(en.bytes(1_500_000_000))).toBe('1.5 GB');
    expect(pt.speedUnit).toBe('kB/s');
    expect(plain(pt.bytesPerSecond(15_400))).toBe('15 kB/s');
    expect(plain(pt.bytesPerSecond(1_540_000))).toBe('1,5 MB/s');
    expect(plain(pt.decibels(-20.04))).toBe('-20,0 dB');
    expect(en.clock(75.9)).toBe('1:15');
    expect(en.clock(-1)).toBe('0:00');
    expect(en.wait(61)).toBe('2 minutes');
    expect(en.wait(59.2)).toBe('60 seconds');
    expect(pt.list(['a', 'b', 'c'])).toBe('a, b e c');
  });
});

describe('messages', () => {
  it('choose the plural of the language', () => {
    expect(translate('pt-BR', 'home.sync.waiting', { count: 1 })).toBe('1 sessão espera');
    expect(translate('pt-BR', 'home.sync.waiting', { count: 3 })).toBe('3 sessões esperam');
    expect(translate('en', 'home.sync.waiting', { count: 1 })).toBe('1 session waits');
    expect(translate('es', 'home.sync.waiting', { count: 2 })).toBe('2 sesiones esperan');
  });
});
