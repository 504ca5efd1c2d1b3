import { expect, it } from 'vitest';
import { captureDevice, stagesNotOff } from './applied-settings.ts';

it('says on, off or unknown of each stage, as the device does', () => {
  const device = captureDevice('USB headset', {
    echoCancellation: 'remote-only',
    noiseSuppression: false,
    channelCount: 2,
  });
  expect(device).toEqual({
    label: 'USB headset',
    echoCancellation: 'on',
    noiseSuppression: 'off',
    autoGainControl: 'unknown',
    channelCount: 2,
  });
  expect(stagesNotOff(device)).toEqual([
    { stage: 'echoCancellation', is: 'on' },
    { stage: 'autoGainControl', is: 'unknown' },
  ]);
});

it('has nothing to warn of when all is off', () => {
  const off = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  expect(stagesNotOff(captureDevice('', off))).toEqual([]);
});

it('keeps a label within what the contract takes, and guesses one channel where none is told', () => {
  const device = captureDevice('m'.repeat(300), { channelCount: 'many' });
  expect([device.label.length, device.channelCount]).toEqual([200, 1]);
});
