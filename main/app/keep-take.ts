/** A finished take finds its place in its session: judged, chosen or not, and the noise of the others judged anew. */
import type { AuditAction } from '../../contract/app-api.ts';
import type { ProtocolDefinition, QualityLimits } from '../../contract/protocol.ts';
import type { SessionId } from '../../contract/ids.ts';
import type { Take } from '../../contract/session.ts';
import { judgeAgain, judgeTake, type TakeMeasure } from '../core/quality.ts';
import { becomesChosen } from '../core/session-rules.ts';
import type { StoreTransaction } from '../ports/store.ts';
import { recordDeed, type Deed } from './record-deed.ts';
import { queueChange } from './sync/queue-change.ts';
import type { World } from './world.ts';

/** For a take whose protocol is not there any more: it is kept, and nothing is held against it. */
const noLimits: QualityLimits = { minimumS: 0, maximumS: 24 * 60 * 60 };

export interface TakeToKeep {
  readonly take: Omit<Take, 'quality' | 'override' | 'isChosen' | 'durationS'>;
  readonly measure: TakeMeasure;
  readonly protocol: ProtocolDefinition | undefined;
  readonly deed: Pick<Deed, 'by'> & {
    readonly action: Extract<AuditAction, 'take-saved' | 'take-recovered' | 'take-imported'>;
  };
}

/** In one transaction: take, choice, audit and outbox. A repeat finds the take and stores nothing. */
export function keepTake(world: World, { take, measure, protocol, deed }: TakeToKeep): Take {
  const kept = world.store.write((transaction) => {
    const stored = transaction.takes.get(take.id);
    if (stored !== undefined) return stored;
    const others = transaction.takes.ofSession(take.sessionId);
    const limits = limitsOf(protocol, take.stepKey);
    const isNoise = take.stepKey === noiseStep(protocol);
    const quality = judgeTake(measure, limits, isNoise ? null : noiseLevel(protocol, others));
    const sameStep = others.filter((other) => other.stepKey === take.stepKey);
    const isChosen = becomesChosen({ quality, override: null }, sameStep);
    const next: Take = { ...take, durationS: measure.durationS, quality, override: null, isChosen: false };
    transaction.takes.insert(next);
    recordDeed(transaction, {
      ...deed,
      at: world.clock.now(),
      sessionId: take.sessionId,
      details: takeFacts(next),
      changed: [{ kind: 'take', subjectId: take.id }],
    });
    dropSkip(transaction, world, take.sessionId, take.stepKey);
    return isChosen ? chooseTake(transaction, world, next, protocol) : next;
  });
  world.events.publish({ name: 'session.changed', payload: { sessionId: take.sessionId } });
  return kept;
}

/** Makes a stored take the chosen one of its step; where that is the room's noise, judges the other takes anew. */
export function chooseTake(
  transaction: StoreTransaction,
  world: World,
  take: Take,
  protocol: ProtocolDefinition | undefined,
): Take {
  const chosen = { ...take, isChosen: true };
  const takes = transaction.takes.ofSession(take.sessionId);
  const changed: Take[] = takes
    .filter((other) => other.id !== take.id && other.stepKey === take.stepKey && other.isChosen)
    .map((other) => ({ ...other, isChosen: false }));
  changed.push(chosen);
  if (take.stepKey === noiseStep(protocol)) {
    const level = chosen.quality.levelDbfs;
    for (const other of takes.filter((candidate) => candidate.stepKey !== take.stepKey)) {
      const quality = judgeAgain(other.quality, limitsOf(protocol, other.stepKey), level);
      if (JSON.stringify(quality) !== JSON.stringify(other.quality)) changed.push({ ...other, quality });
    }
  }
  for (const other of changed) {
    transaction.takes.update(other);
    if (other.id !== take.id) {
      const at = world.clock.now();
      queueChange(transaction, { kind: 'take', sessionId: take.sessionId, subjectId: other.id, at });
    }
  }
  return chosen;
}

/** A step that was left out and is recorded after all is not left out any more. */
export function dropSkip(
  transaction: StoreTransaction,
  world: World,
  sessionId: SessionId,
  stepKey: string,
): void {
  const session = transaction.sessions.get(sessionId);
  if (session === undefined) return;
  transaction.sessions.update({
    ...session,
    skips: session.skips.filter((skip) => skip.stepKey !== stepKey),
    updatedAt: world.clock.now(),
  });
}

export function takeFacts(take: Take): Record<string, string | number | boolean> {
  return {
    takeId: take.id,
    step: take.stepKey,
    version: take.version,
    seconds: Math.round(take.durationS * 1000) / 1000,
    sha256: take.sha256,
    passed: take.quality.passed,
    missingFrames: take.continuity.missingFrames,
  };
}

function limitsOf(protocol: ProtocolDefinition | undefined, stepKey: string): QualityLimits {
  return protocol?.steps.find((step) => step.key === stepKey)?.quality ?? noLimits;
}

function noiseStep(protocol: ProtocolDefinition | undefined): string | undefined {
  return protocol?.steps.find((step) => step.role === 'ambient-noise')?.key;
}

/** Level of the chosen ambient-noise take; null without one, and where it is silent to the last bit. */
function noiseLevel(protocol: ProtocolDefinition | undefined, takes: readonly Take[]): number | null {
  const key = noiseStep(protocol);
  const noise = takes.find((take) => take.stepKey === key && take.isChosen);
  return noise === undefined ? null : noise.quality.levelDbfs;
}
