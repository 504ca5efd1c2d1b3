import { expect, it, vi } from 'vitest';
import { actionOf } from './use-label-keys.ts';

it.each([
  ['1', 'choose', 1],
  ['4', 'choose', 4],
  [' ', 'playPause'],
  ['ArrowLeft', 'seekBy', -1],
  ['ArrowRight', 'seekBy', 1],
  ['ArrowUp', 'otherTake', -1],
  ['ArrowDown', 'otherTake', 1],
  ['n', 'next'],
  ['N', 'next'],
  ['Enter', 'next'],
  ['v', 'compare'],
  ['s', 'leaveForLater'],
  ['u', 'undo'],
  ['?', 'help'],
] as const)('the key %j does %s', (key, action, ...args) => {
  const keys = {
    choose: vi.fn(),
    playPause: vi.fn(),
    seekBy: vi.fn(),
    otherTake: vi.fn(),
    next: vi.fn(),
    compare: vi.fn(),
    leaveForLater: vi.fn(),
    undo: vi.fn(),
    help: vi.fn(),
  };
  actionOf(key, keys)?.();
  expect(keys[action].mock.calls).toEqual([args]);
});

it.each(['0', 'x', 'Tab', 'Escape', 'F5', 'Home'])('the key %j is left to the browser', (key) => {
  const nothing = (): void => undefined;
  const keys = {
    choose: nothing,
    playPause: nothing,
    seekBy: nothing,
    otherTake: nothing,
    next: nothing,
    compare: nothing,
    leaveForLater: nothing,
    undo: nothing,
    help: nothing,
  };
  expect(actionOf(key, keys)).toBeUndefined();
});
