/** What the device really does to the sound, in the contract's words. */
import type { CaptureDevice } from '../../contract/session.ts';

type Applied = CaptureDevice['echoCancellation'];

/** Browsers answer with a boolean, with the name of a kind of processing, or not at all. */
function applied(value: unknown): Applied {
  if (value === undefined || value === null) return 'unknown';
  return value === false || value === 'none' ? 'off' : 'on';
}

export function captureDevice(label: string, settings: Readonly<Record<string, unknown>>): CaptureDevice {
  const channels = settings['channelCount'];
  return {
    label: label.slice(0, 200),
    echoCancellation: applied(settings['echoCancellation']),
    noiseSuppression: applied(settings['noiseSuppression']),
    autoGainControl: applied(settings['autoGainControl']),
    channelCount: typeof channels === 'number' && channels >= 1 && channels <= 64 ? Math.round(channels) : 1,
  };
}

export const processingStages = ['echoCancellation', 'noiseSuppression', 'autoGainControl'] as const;
export type ProcessingStage = (typeof processingStages)[number];

/** The stages that were asked to be off and are not, or may not be. */
export function stagesNotOff(
  device: CaptureDevice,
): readonly { stage: ProcessingStage; is: 'on' | 'unknown' }[] {
  return processingStages.flatMap((stage) => {
    const is = device[stage];
    return is === 'off' ? [] : [{ stage, is }];
  });
}
