import { describe, expect, it } from 'vitest';
import { memoryClock } from '../../ports/clock.memory.ts';
import { watchWindow } from './window-watch.ts';

function watched() {
  const clock = memoryClock();
  const told: string[] = [];
  const watch = watchWindow({
    clock,
    onGone: () => told.push('gone'),
    onNeverShown: () => told.push('never shown'),
  });
  return { clock, told, watch };
}

describe('the window', () => {
  it('is gone once its pages are closed, its browser has ended and the grace is over', () => {
    const { clock, told, watch } = watched();
    watch.pages(1);
    watch.pages(0);
    watch.browserEnded();
    clock.advance(4_000);
    expect(told).toEqual([]);
    clock.advance(2_000);
    expect(told).toEqual(['gone']);
  });

  it('is still there while its page is loaded anew', () => {
    const { clock, told, watch } = watched();
    watch.pages(1);
    watch.browserEnded();
    watch.pages(0);
    clock.advance(3_000);
    watch.pages(1);
    clock.advance(600_000);
    expect(told).toEqual([]);
  });

  it('is still there when the browser handed the address to one that ran already', () => {
    const { clock, told, watch } = watched();
    watch.browserEnded();
    clock.advance(2_000);
    watch.pages(1);
    clock.advance(600_000);
    expect(told).toEqual([]);
    watch.pages(0);
    clock.advance(6_000);
    expect(told).toEqual(['gone']);
  });

  it('never came up when the browser ended and no page was shown', () => {
    const { clock, told, watch } = watched();
    watch.browserEnded();
    clock.advance(31_000);
    expect(told).toEqual(['never shown']);
  });

  it('may lose its page to a crash for two minutes', () => {
    const { clock, told, watch } = watched();
    watch.pages(1);
    watch.pages(0);
    clock.advance(100_000);
    expect(told).toEqual([]);
    clock.advance(30_000);
    expect(told).toEqual(['gone']);
  });

  it('tells nothing after it was stopped', () => {
    const { clock, told, watch } = watched();
    watch.pages(1);
    watch.pages(0);
    watch.stop();
    clock.advance(600_000);
    watch.browserEnded();
    clock.advance(600_000);
    expect(told).toEqual([]);
  });
});
