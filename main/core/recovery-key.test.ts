import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryHashing } from '../ports/hashing.memory.ts';
import { formatRecoveryKey, parseRecoveryKey } from './recovery-key.ts';

const { sha256 } = memoryHashing();
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('the recovery key', () => {
  it('reads as 14 groups of four that can be told apart', () => {
    const printed = formatRecoveryKey(new Uint8Array(32).fill(255), sha256);
    expect(printed).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){13}[0-9A-HJKMNP-TV-Z]{4}$/u);
    expect(printed).toMatch(/^(?:ZZZZ-){12}Z/u);
  });

  it('comes back as it was, also typed carelessly', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const printed = formatRecoveryKey(key, sha256);
        const careless = ` ${printed.toLowerCase().replaceAll('-', ' ')}\n`
          .replaceAll('0', 'o')
          .replaceAll('1', 'l');
        expect(parseRecoveryKey(printed, sha256)).toEqual({ ok: true, value: key });
        expect(parseRecoveryKey(careless, sha256)).toEqual({ ok: true, value: key });
        expect(parseRecoveryKey(printed.replaceAll('-', '\u2013'), sha256)).toEqual({ ok: true, value: key });
      }),
      { numRuns: 30 },
    );
  });

  it('finds a wrong character and two that changed places', () => {
    const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    fc.assert(
      fc.property(keys, fc.nat({ max: 54 }), fc.integer({ min: 1, max: 31 }), (key, at, by) => {
        const plain = [...formatRecoveryKey(key, sha256).replaceAll('-', '')];
        const mistyped = [...plain];
        mistyped[at] = alphabet[(alphabet.indexOf(plain[at] ?? '') + by) % 32] ?? '';
        const swapped = [...plain];
        [swapped[at], swapped[at + 1]] = [plain[at + 1] ?? '', plain[at] ?? ''];
        const checksum = { ok: false, problem: { code: 'invalid-input', details: { reason: 'checksum' } } };
        expect(parseRecoveryKey(mistyped.join(''), sha256)).toEqual(checksum);
        if (swapped[at] !== plain[at]) expect(parseRecoveryKey(swapped.join(''), sha256)).toEqual(checksum);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it('says what is missing and what cannot be', () => {
    const printed = formatRecoveryKey(new Uint8Array(32), sha256);
    const details = ['', printed.slice(0, -1), `${printed}0`, printed.replace('0', 'U'), 'chave'].map(
      (text) => {
        const parsed = parseRecoveryKey(text, sha256);
        return parsed.ok ? undefined : parsed.problem.details;
      },
    );
    expect(details).toEqual([
      { reason: 'length', length: 0, expected: 56 },
      { reason: 'length', length: 55, expected: 56 },
      { reason: 'length', length: 57, expected: 56 },
      { reason: 'character', position: 1 },
      { reason: 'length', length: 5, expected: 56 },
    ]);
  });
});
