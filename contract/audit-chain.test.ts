import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainEntry, chainStart, maximumFindings, verifyChain, type AuditEntry } from './audit-chain.ts';
import { sha256 } from './sha256.ts';

function trailOf(length: number): readonly AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (let sequence = 1; sequence <= length; sequence += 1) {
    const content = {
      sequence,
      at: { at: '2026-03-09T12:00:00.000Z', zone: 'America/Sao_Paulo' },
      by: 'ana',
      action: 'session-viewed',
      sessionId: null,
      details: { number: sequence },
    };
    entries.push(chainEntry(content, entries.at(-1)?.hash ?? chainStart, sha256));
  }
  return entries;
}

const headOf = (entries: readonly AuditEntry[]) => ({
  entries: entries.length,
  hash: entries.at(-1)?.hash ?? chainStart,
});
const findingsIn = (entries: readonly AuditEntry[], head = headOf(trailOf(5))) =>
  verifyChain(entries, head, sha256).findings;

describe('the audit trail', () => {
  const trail = trailOf(5);
  const [one, two, three, four, five] = trail as [AuditEntry, AuditEntry, AuditEntry, AuditEntry, AuditEntry];

  it('is sound as it was written, and so is an empty one', () => {
    expect(findingsIn(trail)).toEqual([]);
    expect(verifyChain([], undefined, sha256)).toEqual({ entries: 0, findings: [] });
  });

  it.each<[string, AuditEntry]>([
    ['the action', { ...three, action: 'signed-in' }],
    ['who it was', { ...three, by: 'bia' }],
    ['the time', { ...three, at: { ...three.at, at: '2026-03-09T12:00:00.001Z' } }],
    ['the zone', { ...three, at: { ...three.at, zone: 'UTC' } }],
    ['the session', { ...three, sessionId: 'x' }],
    ['the details', { ...three, details: {} }],
  ])('shows an edit of %s', (_what, edited) => {
    expect(findingsIn([one, two, edited, four, five])).toEqual([{ sequence: 3, kind: 'edited' }]);
  });

  it('shows an edit whose hash was made to fit, at the entry that no longer follows', () => {
    const edited = chainEntry({ ...three, action: 'signed-in' }, three.previousHash, sha256);
    expect(findingsIn([one, two, edited, four, five])).toEqual([{ sequence: 4, kind: 'edited' }]);
  });

  it('shows an edit of the last entry whose hash was made to fit', () => {
    const edited = chainEntry({ ...five, action: 'signed-in' }, five.previousHash, sha256);
    expect(findingsIn([one, two, three, four, edited])).toEqual([{ sequence: 5, kind: 'cut' }]);
  });

  it('shows a gap, number by number', () => {
    expect(findingsIn([one, four, five])).toEqual([
      { sequence: 2, kind: 'missing' },
      { sequence: 3, kind: 'missing' },
    ]);
  });

  it('shows entries that changed places, and misses none of them', () => {
    expect(findingsIn([one, three, two, four, five])).toEqual([{ sequence: 2, kind: 'reordered' }]);
    expect(findingsIn([five, one, two, three, four])).toEqual(
      [1, 2, 3, 4].map((sequence) => ({ sequence, kind: 'reordered' })),
    );
  });

  it('shows an entry that stands twice', () => {
    expect(findingsIn([one, two, two, three, four, five])).toEqual([{ sequence: 2, kind: 'reordered' }]);
  });

  it('shows a cut end, a trail that is gone, and one that goes beyond its head', () => {
    expect(findingsIn([one, two, three])).toEqual([{ sequence: 5, kind: 'cut' }]);
    expect(findingsIn([])).toEqual([{ sequence: 5, kind: 'cut' }]);
    expect(findingsIn(trail, headOf([one, two]))).toEqual([{ sequence: 2, kind: 'cut' }]);
    expect(verifyChain(trail, undefined, sha256).findings).toEqual([{ sequence: 0, kind: 'cut' }]);
  });

  it('shows a trail that was written anew from some entry on', () => {
    const anew: AuditEntry[] = [one, two];
    for (const entry of [three, four, five]) {
      const content = entry === three ? { ...entry, by: 'bia' } : entry;
      anew.push(chainEntry(content, anew.at(-1)?.hash ?? '', sha256));
    }
    expect(findingsIn(anew)).toEqual([{ sequence: 5, kind: 'cut' }]);
  });

  it('names no more than so many findings, even for a number beyond all measure', () => {
    const far = chainEntry({ ...three, sequence: Number.MAX_SAFE_INTEGER }, two.hash, sha256);
    const { findings } = verifyChain([one, two, far], headOf(trail), sha256);
    expect(findings.length).toBe(maximumFindings);
    expect([findings[0], findings.at(-1)]).toEqual([
      { sequence: 3, kind: 'missing' },
      { sequence: 5, kind: 'cut' },
    ]);
  });

  it('never passes for sound when any entry is dropped, doubled, moved or changed', () => {
    const change = fc.record({
      kind: fc.constantFrom('drop', 'double', 'move', 'edit'),
      from: fc.nat({ max: 4 }),
      to: fc.nat({ max: 4 }),
    });
    fc.assert(
      fc.property(change, ({ kind, from, to }) => {
        const entries = [...trail];
        const [taken] = entries.splice(from, 1);
        if (taken === undefined) throw new Error('no entry');
        if (kind === 'double') entries.splice(to, 0, taken, taken);
        if (kind === 'edit') entries.splice(from, 0, { ...taken, by: `${taken.by}.` });
        if (kind === 'move') {
          fc.pre(from !== to);
          entries.splice(to, 0, taken);
        }
        expect(findingsIn(entries)).not.toEqual([]);
      }),
    );
  });
});
