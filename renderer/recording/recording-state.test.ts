import { expect, it } from 'vitest';
import type { MicrophoneState } from '../audio/microphone-store.ts';
import { mayStart, stepStateOf } from './recording-state.ts';

const device = {
  label: 'USB',
  echoCancellation: 'off',
  noiseSuppression: 'off',
  autoGainControl: 'off',
  channelCount: 1,
} as const;
const open: MicrophoneState = { status: 'open', device, sampleRateHz: 48_000 };
const refused: MicrophoneState = { status: 'fault', fault: 'refused' };

it.each([
  ['ready', { microphone: open, recorderPhase: undefined, isOurs: false, hasTakes: false }],
  [
    'opening',
    { microphone: { status: 'opening' }, recorderPhase: undefined, isOurs: false, hasTakes: false },
  ],
  ['problem', { microphone: refused, recorderPhase: undefined, isOurs: false, hasTakes: false }],
  ['saved', { microphone: refused, recorderPhase: undefined, isOurs: false, hasTakes: true }],
  ['recording', { microphone: open, recorderPhase: 'recording', isOurs: true, hasTakes: true }],
  ['saving', { microphone: refused, recorderPhase: 'saving', isOurs: true, hasTakes: false }],
  ['busy-elsewhere', { microphone: open, recorderPhase: 'saving', isOurs: false, hasTakes: false }],
  ['ready', { microphone: open, recorderPhase: 'saved', isOurs: false, hasTakes: false }],
] as const)('is %s', (expected, facts) => {
  expect(stepStateOf(facts)).toBe(expected);
});

it('never offers to record without an open microphone, nor over a take that is still being saved', () => {
  expect([mayStart('saved', refused), mayStart('saving', open), mayStart('saved', open)]).toEqual([
    false,
    false,
    true,
  ]);
});
