/** Windows of evidence that overlap, laid out so that each keeps its own place in time. */
export interface EvidenceWindow {
  readonly startS: number;
  readonly endS: number;
  /** Score of the positive label. */
  readonly score: number;
}

export interface LaidWindow extends EvidenceWindow {
  readonly lane: number;
}

export interface EvidenceLanes {
  readonly windows: readonly LaidWindow[];
  readonly lanes: number;
  /** What the height of a bar runs over: the scores and thresholds at hand, at least 0 to 1. */
  readonly lowest: number;
  readonly highest: number;
}

/** Earliest first, each in the first lane that is free by then. */
export function layEvidence(
  evidence: readonly EvidenceWindow[],
  thresholds: readonly number[] = [],
): EvidenceLanes {
  const slack = 1e-6;
  const freeAtS: number[] = [];
  const windows = [...evidence]
    .sort((a, b) => a.startS - b.startS || a.endS - b.endS)
    .map((window) => {
      const free = freeAtS.findIndex((atS) => atS <= window.startS + slack);
      const lane = free === -1 ? freeAtS.length : free;
      freeAtS[lane] = window.endS;
      return { ...window, lane };
    });
  const values = [...evidence.map(({ score }) => score), ...thresholds];
  return {
    windows,
    lanes: freeAtS.length,
    lowest: Math.min(0, ...values),
    highest: Math.max(1, ...values),
  };
}

/** Height of a score's bar, 0 to 1 of its lane. */
export function shareOf({ lowest, highest }: EvidenceLanes, score: number): number {
  return Math.min(1, Math.max(0, (score - lowest) / (highest - lowest)));
}
