import { expect, it } from 'vitest';
import { StoreFailure } from '../ports/store.ts';
import { createLog } from './log.ts';

function logged(use: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  use(createLog({ write: (line: string) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('writes events with facts that are words, numbers and ids', () => {
  const facts = {
    route: '/api/sessions/:sessionId',
    status: 200,
    isFirst: true,
    requestId: '7b1f1f9e-2f0a-4c8e-9b57-0c5f8a0d1e2f',
    none: null,
  };
  expect(logged((log) => log.info('request', facts))).toEqual([
    expect.objectContaining({ level: 30, msg: 'request', ...facts }),
  ]);
});

it('leaves out what could be a sentence, a name or a query', () => {
  const [line] = logged((log) =>
    log.warn('refused because of Maria', {
      name: 'Maria da Silva',
      path: '/api?rgh=14259401E',
      reason: 'ação',
    }),
  );
  expect(line).toEqual({ level: 40, time: expect.any(String), msg: 'unnamed' });
});

it('keeps of a bug its kind and its place, not what it says', () => {
  const cause = new TypeError('cannot read Maria', { cause: new StoreFailure('full', 'the disk is full') });
  const [line] = logged((log) => log.error('request-failed', cause));
  expect(line).toMatchObject({
    msg: 'request-failed',
    fault: 'TypeError',
    frames: [expect.stringMatching(/^registry\/hosts\/log\.test\.ts:\d+$/u)],
    causedBy: { fault: 'StoreFailure', kind: 'full', message: 'the disk is full' },
  });
  expect(JSON.stringify(line)).not.toContain('Maria');
});
