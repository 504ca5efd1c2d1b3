import { describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import { isWorthTelling } from './activity.ts';
import { memoryTransport } from './transport.memory.ts';
import type { Transport } from './transport.ts';

const answering = (answer: unknown): Transport => ({
  invoke: () => Promise.resolve(answer),
  listen: () => () => undefined,
});

describe('a command from a page', () => {
  it('gets its parsed answer', async () => {
    const transport = memoryTransport({ 'people.lock': () => ({ ok: true, value: {} }) });
    expect(await createClient(transport).call('people.lock', {})).toEqual({ ok: true, value: {} });
    expect(transport.asked).toEqual([{ name: 'people.lock', input: {} }]);
  });

  it('gets the problem that main names, with its facts', async () => {
    const { call } = createClient(
      answering({ ok: false, problem: { code: 'locked-out', details: { seconds: 60 } } }),
    );
    expect(await call('people.unlock', { password: 'x' })).toEqual({
      ok: false,
      problem: { code: 'locked-out', details: { seconds: 60 } },
    });
  });

  it.each([
    ['an unknown code', { ok: false, problem: { code: 'surprise' } }],
    ['no envelope', 'hello'],
    ['nothing', undefined],
    ['an answer of another shape', { ok: true, value: { storedFrames: 'many' } }],
  ])('gets the problem "internal" for %s', async (_name, answer) => {
    const result = await createClient(answering(answer)).call('storage.state', {});
    expect(result).toMatchObject({ ok: false, problem: { code: 'internal' } });
  });

  it('gets the problem "internal" when main cannot be reached', async () => {
    const { call } = createClient({
      invoke: () => Promise.reject(new TypeError('no network')),
      listen: () => () => undefined,
    });
    expect(await call('app.state', {})).toMatchObject({ ok: false, problem: { code: 'internal' } });
  });
});

describe('an event', () => {
  it('reaches those who asked for it, until they stop; anything else is dropped', () => {
    const transport = memoryTransport({});
    const { subscribe } = createClient(transport);
    const heard: boolean[] = [];
    const stop = subscribe('lock.changed', ({ isLocked }) => heard.push(isLocked));
    transport.emit({ name: 'lock.changed', payload: { isLocked: true } });
    transport.emit({ name: 'lock.changed', payload: { isLocked: 'yes' } });
    transport.emit({ name: 'toString', payload: {} });
    transport.emit('noise');
    stop();
    transport.emit({ name: 'lock.changed', payload: { isLocked: false } });
    expect(heard).toEqual([true]);
  });
});

describe('activity', () => {
  it('is told at once and then only now and then', () => {
    expect(isWorthTelling(null, 5)).toBe(true);
    expect(isWorthTelling(5, 14_000)).toBe(false);
    expect(isWorthTelling(5, 15_005)).toBe(true);
  });
});
