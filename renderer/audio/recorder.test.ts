import { expect, it } from 'vitest';
import { sessionIdSchema, takeIdSchema, type TakeId } from '../../contract/ids.ts';
import { fail, ok, type Problem, type Result } from '../../contract/result.ts';
import type { Take } from '../../contract/session.ts';
import type { CapturedBlock, PcmChunk } from './chunker.ts';
import { Recorder, type RecorderPlan, type RecorderView } from './recorder.ts';

const sessionId = sessionIdSchema.parse('019a0000-0000-7000-8000-000000000001');
const takeIds = [2, 3, 4].map((last) => takeIdSchema.parse(`019a0000-0000-7000-8000-00000000000${last}`));
const rate = 8000;
const blockFrames = 160;

interface Written {
  readonly chunks: PcmChunk[];
  end?: { chunks: number; elapsedMs: number; interruption: string };
}

/** A `main` that keeps takes in memory, a microphone that speaks when it is told to, and a clock that it moves. */
function bedside(options: { readonly plan?: Partial<RecorderPlan>; readonly opens?: boolean } = {}) {
  const takes = new Map<TakeId, Written>();
  const refusals: { append?: Problem; start?: Problem; finish: Problem[] } = { finish: [] };
  const listeners = new Set<(block: CapturedBlock) => void>();
  const views: RecorderView[] = [];
  const idle: (() => void)[] = [];
  let openGate: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (openGate = resolve));
  let nowMs = 1000;
  let frame = 77_000;
  let lateMs = 0;
  const recorder = new Recorder(
    { sessionId, stepKey: 'sustentada', sampleRateHz: rate, stopAtS: 60, mayPass: false, ...options.plan },
    {
      start: async () => {
        if (options.opens === false) await gate;
        if (refusals.start !== undefined) return { ok: false, problem: refusals.start };
        const takeId = takeIds[takes.size] as TakeId;
        takes.set(takeId, { chunks: [] });
        return ok({ takeId });
      },
      append: async (takeId, chunk): Promise<Result<unknown>> => {
        if (refusals.append !== undefined) return { ok: false, problem: refusals.append };
        takes.get(takeId)?.chunks.push(chunk);
        return ok({});
      },
      finish: async (takeId, end) => {
        const refused = refusals.finish.shift();
        if (refused !== undefined) return { ok: false, problem: refused };
        const written = takes.get(takeId) as Written;
        written.end = end;
        return ok({ id: takeId, frameCount: written.chunks.flatMap(({ pcm }) => [...pcm]).length } as Take);
      },
      listen: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      now: () => ({ monotonicMs: nowMs + lateMs, wallMs: nowMs + lateMs }),
      wait: async () => undefined,
    },
    (view) => {
      views.push(view);
      for (const resume of idle.splice(0)) resume();
    },
  );
  const samples = (): number[] => [...takes.values()].at(-1)?.chunks.flatMap((chunk) => [...chunk.pcm]) ?? [];
  return {
    recorder,
    takes,
    refusals,
    samples,
    openGate,
    isListening: () => listeners.size > 0,
    speak(blocks: number, skipFrames = 0) {
      frame += skipFrames;
      for (let index = 0; index < blocks; index += 1) {
        const spoken = Float32Array.from({ length: blockFrames }, (_, at) => ((frame + at) % 500) / 32768);
        frame += blockFrames;
        nowMs += (blockFrames / rate) * 1000;
        const block = { firstFrame: frame - blockFrames, samples: spoken, atMs: nowMs };
        for (const listener of [...listeners]) listener(block);
      }
    },
    /** The page gets everything later than the audio thread does. */
    holdUp(durationMs: number) {
      lateMs += durationMs;
    },
    /** A press while nothing more is on its way. */
    stop(interruption?: 'computer-slept') {
      recorder.stop(interruption);
      nowMs += 500;
      recorder.tick();
    },
    later(durationMs: number) {
      nowMs += durationMs;
      recorder.tick();
    },
    async reaches(phase: RecorderView['state']['phase']): Promise<RecorderView['state']> {
      while (recorder.view.state.phase !== phase) await new Promise<void>((resolve) => idle.push(resolve));
      return recorder.view.state;
    },
  };
}

const spoken = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => (77_000 + index) % 500);

it('writes every sample once, in order, and says saved only after the take was finished', async () => {
  const bed = bedside();
  bed.speak(50);
  bed.stop();
  expect(bed.recorder.view.state.phase).toBe('saving');
  await bed.reaches('saved');
  expect(bed.samples()).toEqual(spoken(8000));
  expect([...bed.takes.values()][0]?.end).toEqual({ chunks: 4, elapsedMs: 1000, interruption: 'none' });
  expect(bed.isListening()).toBe(false);
});

it('takes what was spoken before the press and came after it, and nothing that was spoken later', async () => {
  const bed = bedside();
  bed.speak(50);
  bed.recorder.stop();
  expect(bed.recorder.view.state.phase).toBe('saving');
  bed.speak(1);
  await bed.reaches('saved');
  bed.speak(5);
  expect(bed.samples()).toEqual(spoken(51 * blockFrames));
});

it('reports no loss when the page was only busy', async () => {
  const bed = bedside();
  bed.speak(25);
  bed.holdUp(150);
  bed.speak(10);
  bed.holdUp(-150);
  bed.speak(15);
  bed.stop();
  await bed.reaches('saved');
  expect([...bed.takes.values()][0]?.end?.elapsedMs).toBeCloseTo(1000);
});

it('keeps what is spoken before the take is open on the other side', async () => {
  const bed = bedside({ opens: false });
  bed.speak(20);
  bed.openGate();
  bed.speak(20);
  bed.stop();
  await bed.reaches('saved');
  expect(bed.samples()).toEqual(spoken(6400));
});

it('saves even a take that was stopped before it was open', async () => {
  const bed = bedside({ opens: false });
  bed.speak(5);
  bed.stop();
  bed.openGate();
  await bed.reaches('saved');
  expect(bed.samples()).toEqual(spoken(800));
});

it('shows a block that the device skipped as missing time', async () => {
  const bed = bedside();
  bed.speak(10);
  bed.speak(10, 800);
  expect(bed.recorder.view.missingS).toBeCloseTo(0.1);
  bed.stop();
  await bed.reaches('saved');
  expect([...bed.takes.values()][0]?.chunks.map((chunk) => chunk.firstFrame)).toEqual([0, 2400]);
});

it('stops by itself before it would pass the longest length, or after the planned one', async () => {
  const before = bedside({ plan: { stopAtS: 0.5, mayPass: false } });
  before.speak(30);
  await before.reaches('saved');
  expect(before.samples()).toHaveLength(4000);
  const after = bedside({ plan: { stopAtS: 0.51, mayPass: true } });
  after.speak(30);
  await after.reaches('saved');
  expect(after.samples()).toHaveLength(4160);
});

it('ends the take at once when the disk is full, keeps the rest in memory, and writes it when there is space', async () => {
  const bed = bedside();
  bed.speak(20);
  await Promise.resolve();
  bed.refusals.append = { code: 'disk-full' };
  bed.speak(20);
  expect(await bed.reaches('problem')).toEqual({
    phase: 'problem',
    problem: { code: 'disk-full' },
    isKept: true,
  });
  expect(bed.isListening()).toBe(false);
  const kept = bed.recorder.view.recordedS * rate;
  delete bed.refusals.append;
  bed.recorder.tryAgain();
  await bed.reaches('saved');
  expect(bed.samples()).toEqual(spoken(kept));
  expect([...bed.takes.values()][0]?.end?.interruption).toBe('disk-full');
});

it('can settle for what is on disk when space cannot be made', async () => {
  const bed = bedside();
  bed.speak(20);
  await new Promise<void>((resolve) => setImmediate(resolve));
  bed.refusals.append = { code: 'disk-full' };
  bed.speak(20);
  await bed.reaches('problem');
  await bed.recorder.settle();
  expect(bed.recorder.view.state.phase).toBe('saved');
  expect([...bed.takes.values()][0]?.end).toMatchObject({ chunks: 1, interruption: 'disk-full' });
});

it('writes everything anew when the other side has closed the take meanwhile', async () => {
  const bed = bedside();
  bed.speak(20);
  bed.stop();
  bed.refusals.finish.push({ code: 'take-not-open' });
  await bed.reaches('saved');
  expect(bed.takes.size).toBe(2);
  expect(bed.samples()).toEqual(spoken(3200));
});

it('takes what the other side closed by itself, when hardly anything lacks', async () => {
  const bed = bedside();
  bed.speak(20);
  await new Promise<void>((resolve) => setImmediate(resolve));
  bed.refusals.append = { code: 'take-not-open' };
  bed.stop('computer-slept');
  await bed.reaches('saved');
  expect([bed.takes.size, bed.samples().length]).toEqual([1, 2000]);
});

it('says that nothing was recorded when the take could not be opened', async () => {
  const bed = bedside({ opens: false });
  bed.refusals.start = { code: 'consent-required' };
  bed.speak(3);
  bed.openGate();
  expect(await bed.reaches('problem')).toEqual({
    phase: 'problem',
    problem: { code: 'consent-required' },
    isKept: false,
  });
  expect(bed.isListening()).toBe(false);
});

it('ends and keeps the take when the microphone stops giving audio, or the PC sleeps', async () => {
  const lost = bedside();
  lost.speak(20);
  lost.later(1000);
  lost.later(1000);
  lost.later(1000);
  await lost.reaches('saved');
  expect([...lost.takes.values()][0]?.end?.interruption).toBe('microphone-lost');
  const slept = bedside();
  slept.speak(20);
  slept.later(60_000);
  slept.later(1000);
  await slept.reaches('saved');
  expect([...slept.takes.values()][0]?.end?.interruption).toBe('computer-slept');
  expect(slept.samples()).toEqual(spoken(3200));
});

it('tries to finish again when the answer was lost, and gives the problem when it stays', async () => {
  const bed = bedside();
  bed.speak(20);
  bed.refusals.finish.push(...Array.from({ length: 4 }, () => fail('internal').problem));
  bed.stop();
  expect(await bed.reaches('problem')).toMatchObject({ problem: { code: 'internal' }, isKept: true });
  bed.recorder.tryAgain();
  await bed.reaches('saved');
});
