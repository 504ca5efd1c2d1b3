import { describe, expect, it } from 'vitest';
import { base64FromBytes, bytesFromBase64 } from '../../contract/base64.ts';
import { encodeWav, readStoredWav } from '../core/wav.ts';
import { finishOpenTakes } from './finish-open-takes.ts';
import {
  call,
  consent,
  createDraft,
  device,
  done,
  person,
  record,
  sampleRateHz,
  speak,
  startTake,
  ward,
} from './fixtures/workstation.ts';
import { chunksOf, pcmOf, tone } from './fixtures/sound.ts';

const end = { elapsedMs: 2000, interruption: 'none' } as const;

async function drafted() {
  const station = await ward();
  const { id: sessionId } = await createDraft(station.world, station.clinician);
  return { ...station, sessionId };
}

describe('starting a take', () => {
  it('no voice task before the spoken consent was accepted; the noise of the room may come first', async () => {
    const { world, clinician, sessionId } = await drafted();
    const start = (stepKey: string) =>
      call(world, clinician, 'recording.start', { sessionId, stepKey, sampleRateHz, device });
    expect(await start('sustentada')).toEqual({
      ok: false,
      problem: { code: 'consent-required', details: { step: 'sustentada' } },
    });
    await record(world, clinician, sessionId, 'ruido', { amplitude: 0.001 });
    await consent(world, clinician, sessionId);
    expect((await start('sustentada')).ok).toBe(true);
  });

  it('one take at a time, at the desk and in the session', async () => {
    const { world, it: it0, clinician, sessionId } = await drafted();
    const other = await person(world, it0, 'bruno', ['clinician']);
    const { id: second } = await createDraft(world, clinician);
    await startTake(world, clinician, sessionId, 'ruido');
    const start = { stepKey: 'ruido', sampleRateHz, device };
    for (const [desk, id] of [
      [clinician, sessionId],
      [clinician, second],
      [other, sessionId],
    ] as const) {
      expect(await call(world, desk, 'recording.start', { sessionId: id, ...start })).toMatchObject({
        problem: { code: 'recording-in-progress' },
      });
    }
    expect((await call(world, other, 'recording.start', { sessionId: second, ...start })).ok).toBe(true);
  });

  it('not into a step, or a session, that is not there or is closed', async () => {
    const { world, clinician, sessionId } = await drafted();
    const start = (input: object) =>
      call(world, clinician, 'recording.start', {
        sessionId,
        stepKey: 'ruido',
        sampleRateHz,
        device,
        ...input,
      });
    expect(await start({ stepKey: 'canto' })).toMatchObject({ problem: { code: 'step-not-found' } });
    expect(await start({ sessionId: '00000000-0000-7000-8000-000000000000' })).toMatchObject({
      problem: { code: 'session-not-found' },
    });
    await done(world, clinician, 'sessions.discard', { sessionId, reason: 'wrong patient' });
    expect(await start({})).toMatchObject({
      problem: { code: 'session-closed', details: { status: 'discarded' } },
    });
  });

  it('not on a disk that is too full for it, and it says how full', async () => {
    const { world, clinician, recordings, sessionId } = await drafted();
    recordings.setFreeBytes(1_000_000);
    expect(
      await call(world, clinician, 'recording.start', { sessionId, stepKey: 'ruido', sampleRateHz, device }),
    ).toMatchObject({ problem: { code: 'disk-full', details: { freeBytes: 1_000_000 } } });
    expect(clinician.openTakes.size).toBe(0);
  });

  it('puts the session at the step, so that the next start offers it there', async () => {
    const { world, clinician, sessionId } = await drafted();
    await startTake(world, clinician, sessionId, 'ruido');
    expect((await done(world, clinician, 'sessions.get', { sessionId })).currentStep).toBe('ruido');
  });
});

describe('feeding a take', () => {
  it('takes a repeated chunk once, and refuses one that skips ahead', async () => {
    const { world, clinician, sessionId } = await drafted();
    const takeId = await startTake(world, clinician, sessionId, 'ruido');
    const chunk = (sequence: number) => ({ takeId, sequence, firstFrame: sequence * 2, pcm: 'AAAAAA==' });
    const append = (sequence: number) => call(world, clinician, 'recording.append', chunk(sequence));
    expect(await append(0)).toEqual({ ok: true, value: { storedFrames: 2 } });
    expect(await append(0)).toEqual({ ok: true, value: { storedFrames: 2 } });
    expect(await append(2)).toMatchObject({
      problem: { code: 'conflict', details: { expectedSequence: 1 } },
    });
    expect(await append(1)).toEqual({ ok: true, value: { storedFrames: 4 } });
  });

  it('refuses half a sample and what is no base64, without repeating it', async () => {
    const { world, clinician, sessionId } = await drafted();
    const takeId = await startTake(world, clinician, sessionId, 'ruido');
    for (const pcm of ['AA==', 'not base64!']) {
      const answer = await call(world, clinician, 'recording.append', {
        takeId,
        sequence: 0,
        firstFrame: 0,
        pcm,
      });
      expect(answer).toMatchObject({ problem: { code: 'invalid-input', details: { path: 'pcm' } } });
      expect(JSON.stringify(answer)).not.toContain(pcm);
    }
  });

  it('says when the disk is full, and keeps what came before', async () => {
    const { world, clinician, recordings, sessionId } = await drafted();
    const takeId = await startTake(world, clinician, sessionId, 'ruido');
    const [first, second] = chunksOf(
      tone({ seconds: 2, sampleRateHz, amplitude: 0.1 }),
      sampleRateHz,
      16_000,
    );
    if (first === undefined || second === undefined) throw new Error('two chunks');
    await done(world, clinician, 'recording.append', { takeId, ...first });
    recordings.setFreeBytes(10);
    expect(await call(world, clinician, 'recording.append', { takeId, ...second })).toMatchObject({
      problem: { code: 'disk-full' },
    });
    recordings.setFreeBytes(10_000_000);
    const take = await done(world, clinician, 'recording.finish', {
      takeId,
      chunks: 2,
      elapsedMs: 2000,
      interruption: 'disk-full',
    });
    expect(take).toMatchObject({
      durationS: 1,
      continuity: { interruption: 'disk-full', shortfallMs: 1000, missingFrames: 16_000 },
    });
  });
});

describe('finishing a take', () => {
  it('answers the verified take: hash, length, quality, continuity, device', async () => {
    const { world, clinician, recordings, sessionId } = await drafted();
    const take = await record(world, clinician, sessionId, 'ruido', { seconds: 2, amplitude: 0.1 });
    const wav = await recordings.read(take.id);
    if (!wav.ok) throw new Error('no audio');
    expect(take).toMatchObject({
      sessionId,
      stepKey: 'ruido',
      version: 1,
      source: 'microphone',
      sampleRateHz,
      bitDepth: 16,
      frameCount: 32_000,
      durationS: 2,
      sha256: world.hashing.sha256(wav.value),
      sizeBytes: 44 + 64_000,
      sourceSha256: null,
      device,
      continuity: { elapsedMs: 2000, missingFrames: 0, gaps: [], shortfallMs: 0, interruption: 'none' },
      override: null,
      isChosen: true,
    });
    expect(take.quality.levelDbfs).toBeCloseTo(-23.01, 2);
  });

  it('a chunk that never came is noticed while the page can still send it', async () => {
    const { world, clinician, sessionId } = await drafted();
    const takeId = await startTake(world, clinician, sessionId, 'ruido');
    const chunks = chunksOf(tone({ seconds: 2, sampleRateHz, amplitude: 0.1 }), sampleRateHz, 16_000);
    const [first, second] = chunks;
    if (first === undefined || second === undefined) throw new Error('two chunks');
    await done(world, clinician, 'recording.append', { takeId, ...first });
    const finish = { takeId, chunks: 2, ...end };
    expect(await call(world, clinician, 'recording.finish', finish)).toEqual({
      ok: false,
      problem: { code: 'conflict', details: { storedChunks: 1, sentChunks: 2 } },
    });
    await done(world, clinician, 'recording.append', { takeId, ...second });
    expect((await done(world, clinician, 'recording.finish', finish)).frameCount).toBe(32_000);
  });

  it('finishing again answers the same take', async () => {
    const { world, clinician, sessionId } = await drafted();
    const take = await record(world, clinician, sessionId, 'ruido');
    expect(await done(world, clinician, 'recording.finish', { takeId: take.id, chunks: 8, ...end })).toEqual(
      take,
    );
  });

  it('two answers to two impatient clicks are one take', async () => {
    const { world, clinician, sessionId } = await drafted();
    const takeId = await startTake(world, clinician, sessionId, 'ruido');
    const chunks = await speak(world, clinician, takeId);
    const finish = () => done(world, clinician, 'recording.finish', { takeId, chunks, ...end });
    const [one, two] = await Promise.all([finish(), finish()]);
    expect(one).toEqual(two);
    const { steps } = await done(world, clinician, 'sessions.get', { sessionId });
    expect(steps.flatMap((step) => step.takes)).toHaveLength(1);
  });

  it('a take without audio is no take, and bars nothing', async () => {
    const { world, clinician, sessionId } = await drafted();
    const takeId = await startTake(world, clinician, sessionId, 'ruido');
    const finish = { takeId, chunks: 0, elapsedMs: 0, interruption: 'none' } as const;
    expect(await call(world, clinician, 'recording.finish', finish)).toMatchObject({
      problem: { code: 'take-empty' },
    });
    expect((await record(world, clinician, sessionId, 'ruido')).version).toBe(1);
  });

  it('reports where the device skipped frames', async () => {
    const { world, clinician, sessionId } = await drafted();
    const takeId = await startTake(world, clinician, sessionId, 'ruido');
    const pcm = base64FromBytes(pcmOf(tone({ seconds: 1, sampleRateHz, amplitude: 0.1 }), sampleRateHz));
    const append = (sequence: number, firstFrame: number) =>
      done(world, clinician, 'recording.append', { takeId, sequence, firstFrame, pcm });
    await append(0, 0);
    await append(1, 16_000 + 1600);
    const take = await done(world, clinician, 'recording.finish', {
      takeId,
      chunks: 2,
      elapsedMs: 2100,
      interruption: 'none',
    });
    expect(take.continuity).toEqual({
      elapsedMs: 2100,
      missingFrames: 1600,
      gaps: [{ atS: 1, frames: 1600 }],
      shortfallMs: 100,
      interruption: 'none',
    });
  });

  it('a page that was reloaded gets its desk free again, and its audio is kept', async () => {
    const { world, clinician, sessionId } = await drafted();
    const takeId = await startTake(world, clinician, sessionId, 'ruido');
    await speak(world, clinician, takeId);
    await finishOpenTakes(world, clinician, 'computer-slept');
    const { steps } = await done(world, clinician, 'sessions.get', { sessionId });
    expect(steps[0]?.takes).toMatchObject([{ id: takeId, continuity: { interruption: 'computer-slept' } }]);
    await startTake(world, clinician, sessionId, 'ruido');
  });

  it('a take that could not be closed when its window went away is closed before the next one', async () => {
    const { world, clinician, recordings, sessionId } = await drafted();
    const takeId = await startTake(world, clinician, sessionId, 'ruido');
    await speak(world, clinician, takeId);
    recordings.setFreeBytes(10);
    await finishOpenTakes(world, clinician, 'app-ended');
    recordings.setFreeBytes(1_000_000_000);
    const next = await record(world, clinician, sessionId, 'ruido');
    expect(next.version).toBe(2);
    const { steps } = await done(world, clinician, 'sessions.get', { sessionId });
    expect(steps[0]?.takes.map((take) => [take.id, take.isChosen])).toEqual([
      [takeId, false],
      [next.id, true],
    ]);
  });
});

describe('which take counts', () => {
  it('every take is kept; a good one replaces, a failed one does not', async () => {
    const { world, clinician, sessionId } = await drafted();
    const failed = await record(world, clinician, sessionId, 'aceite', { amplitude: 0 });
    expect(failed).toMatchObject({ isChosen: true, quality: { passed: false } });
    const good = await record(world, clinician, sessionId, 'aceite');
    await record(world, clinician, sessionId, 'aceite', { amplitude: 0 });
    const { steps } = await done(world, clinician, 'sessions.get', { sessionId });
    const aceite = steps.find((step) => step.key === 'aceite');
    expect(aceite?.takes.map((take) => take.isChosen)).toEqual([false, true, false]);
    expect(aceite?.state).toBe('done');
    const again = await done(world, clinician, 'sessions.choose-take', { takeId: failed.id });
    expect(again.steps.find((step) => step.key === 'aceite')).toMatchObject({
      state: 'open',
      takes: [{ isChosen: true }, { id: good.id, isChosen: false }, { isChosen: false }],
    });
  });

  it('a failed gate is answered for with a reason, which is stored and stands in no trail', async () => {
    const { world, clinician, sessionId, store } = await drafted();
    const take = await record(world, clinician, sessionId, 'aceite', { amplitude: 0 });
    const reason = 'Dona Lúcia only whispers';
    const detail = await done(world, clinician, 'sessions.override-quality', { takeId: take.id, reason });
    expect(detail.steps.find((step) => step.key === 'aceite')).toMatchObject({
      state: 'done',
      takes: [{ override: { reason, by: clinician.account?.id } }],
    });
    expect(JSON.stringify(store.read((transaction) => transaction.audit.list({ limit: 500 })))).not.toContain(
      'Lúcia',
    );
  });

  it('the noise of the room is judged into the other takes when it comes, and anew when it is repeated', async () => {
    const { world, clinician, sessionId } = await drafted();
    await consent(world, clinician, sessionId);
    const voice = await record(world, clinician, sessionId, 'sustentada', { amplitude: 0.1 });
    expect(voice.quality.signalToNoiseDb).toBeNull();
    const quality = async () => {
      const { steps } = await done(world, clinician, 'sessions.get', { sessionId });
      return steps.find((step) => step.key === 'sustentada')?.takes[0]?.quality;
    };
    const loud = await record(world, clinician, sessionId, 'ruido', { amplitude: 0.05 });
    expect(loud.quality.signalToNoiseDb).toBeNull();
    // 0.1² against 0.05², the room's power taken off first: 10·log10(3).
    expect((await quality())?.signalToNoiseDb).toBeCloseTo(4.771, 1);
    expect((await quality())?.passed).toBe(false);
    await record(world, clinician, sessionId, 'ruido', { amplitude: 0.001 });
    expect((await quality())?.signalToNoiseDb).toBeCloseTo(40, 1);
    expect((await quality())?.passed).toBe(true);
    await done(world, clinician, 'sessions.choose-take', { takeId: loud.id });
    expect((await quality())?.passed).toBe(false);
  });
});

describe('listening', () => {
  it('gives the WAV in slices and writes the play down once', async () => {
    const { world, clinician, sessionId, store } = await drafted();
    const take = await record(world, clinician, sessionId, 'ruido');
    const slice = (offsetBytes: number, lengthBytes: number) =>
      done(world, clinician, 'recording.audio', { takeId: take.id, offsetBytes, lengthBytes });
    const parts = [await slice(0, 40_000), await slice(40_000, 40_000), await slice(80_000, 40_000)];
    const bytes = parts.flatMap((part) => [...(bytesFromBase64(part.bytes) ?? [])]);
    expect(parts.map((part) => part.totalBytes)).toEqual([64_044, 64_044, 64_044]);
    expect(world.hashing.sha256(Uint8Array.from(bytes))).toBe(take.sha256);
    const plays = () =>
      store
        .read((transaction) => transaction.audit.ofSession(sessionId))
        .filter((entry) => entry.action === 'take-played');
    expect(plays()).toHaveLength(1);
    await slice(0, 10);
    expect(plays()).toHaveLength(2);
  });

  it('whoever starts in the middle is written down too', async () => {
    const { world, it: it0, clinician, sessionId, store } = await drafted();
    const take = await record(world, clinician, sessionId, 'ruido');
    const researcher = await person(world, it0, 'rita', ['researcher']);
    await done(world, researcher, 'recording.audio', { takeId: take.id, offsetBytes: 44, lengthBytes: 1000 });
    const entries = store.read((transaction) => transaction.audit.ofSession(sessionId));
    expect(entries.at(-1)).toMatchObject({ action: 'take-played', by: 'rita' });
  });

  it('names a damaged take', async () => {
    const { world, clinician, recordings, sessionId } = await drafted();
    const take = await record(world, clinician, sessionId, 'ruido');
    recordings.damage(take.id);
    expect(
      await call(world, clinician, 'recording.audio', { takeId: take.id, offsetBytes: 0, lengthBytes: 10 }),
    ).toMatchObject({ problem: { code: 'take-damaged' } });
  });
});

describe('a take from a file', () => {
  async function importing(bytes: Uint8Array, stepKey = 'ruido', announced = bytes.length) {
    const station = await drafted();
    const { world, clinician, sessionId } = station;
    const { importId } = await done(world, clinician, 'import.start', {
      sessionId,
      stepKey,
      sizeBytes: announced,
    });
    for (let offsetBytes = 0; offsetBytes < bytes.length; offsetBytes += 1_000_000) {
      const part = base64FromBytes(bytes.subarray(offsetBytes, offsetBytes + 1_000_000));
      await done(world, clinician, 'import.append', { importId, offsetBytes, bytes: part });
    }
    return { ...station, importId, finish: () => call(world, clinician, 'import.finish', { importId }) };
  }

  it.each([16, 24, 32] as const)('keeps every bit of a %d-bit file', async (bitDepth) => {
    const samples = tone({ seconds: 1, sampleRateHz: 44_100, amplitude: 0.2 });
    const file = encodeWav(samples, { sampleRateHz: 44_100, bitDepth });
    const { world, recordings, finish } = await importing(file);
    const finished = await finish();
    if (!finished.ok) throw new Error(finished.problem.code);
    const take = finished.value;
    expect(take).toMatchObject({
      source: 'file',
      sampleRateHz: 44_100,
      bitDepth,
      durationS: 1,
      sourceSha256: world.hashing.sha256(file),
      device: null,
      continuity: { elapsedMs: null, missingFrames: 0, gaps: [], shortfallMs: 0, interruption: 'none' },
      isChosen: true,
    });
    const kept = await recordings.read(take.id);
    expect(kept.ok && [...kept.value]).toEqual([...file]);
    expect(kept.ok && readStoredWav(kept.value).ok).toBe(true);
  });

  it('names what is wrong with a file, keeps nothing of it, and lets a better one come', async () => {
    const { world, clinician, sessionId, finish } = await importing(Uint8Array.of(1, 2, 3, 4));
    expect(await finish()).toMatchObject({ problem: { code: 'audio-not-recognised' } });
    expect(await finish()).toMatchObject({ problem: { code: 'not-found' } });
    const { steps } = await done(world, clinician, 'sessions.get', { sessionId });
    expect(steps.flatMap((step) => step.takes)).toEqual([]);
  });

  it('refuses a file that is longer than a session can be', async () => {
    const samples = new Float32Array(8000 * 901);
    const { finish } = await importing(encodeWav(samples, { sampleRateHz: 8000, bitDepth: 16 }));
    expect(await finish()).toEqual({
      ok: false,
      problem: { code: 'audio-too-long', details: { seconds: 901, maximumSeconds: 900 } },
    });
  });

  it('waits for the rest of the file, and takes no more than was announced', async () => {
    const { world, clinician, importId, finish } = await importing(new Uint8Array(100), 'ruido', 200);
    expect(await finish()).toMatchObject({
      problem: { code: 'conflict', details: { receivedBytes: 100, announcedBytes: 200 } },
    });
    const rest = { importId, offsetBytes: 100, bytes: base64FromBytes(new Uint8Array(101)) };
    expect(await call(world, clinician, 'import.append', rest)).toMatchObject({
      problem: { code: 'too-large' },
    });
  });

  it('is held to the same consent as a microphone', async () => {
    const { world, clinician, sessionId } = await drafted();
    expect(
      await call(world, clinician, 'import.start', { sessionId, stepKey: 'sustentada', sizeBytes: 10 }),
    ).toMatchObject({ problem: { code: 'consent-required' } });
  });

  it('belongs to the desk that brought it', async () => {
    const { world, it: it0, importId } = await importing(new Uint8Array(10));
    const other = await person(world, it0, 'bruno', ['clinician']);
    expect(await call(world, other, 'import.finish', { importId })).toMatchObject({
      problem: { code: 'not-found' },
    });
  });
});
