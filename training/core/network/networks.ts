import { referenceFit, type FitSettings } from './fit-settings.ts';
import type { Layer, Network } from './network.ts';

/** Frames of a window with one frame per 10 ms, centred, both ends included. */
export function framesOf(windowS: number): number {
  return Math.round(windowS * 100) + 1;
}

/**
 * The network of the reference recipe. Source: E. Casanova et al., "Deep learning against COVID-19: Respiratory
 * insufficiency detection in Brazilian Portuguese speech", Findings of ACL 2021.
 */
export function referenceNetwork(windowS = 4, bands = 40): Network {
  const rate = 0.7;
  const block = (
    index: number,
    channels: number,
    taps: number,
    dilation: number,
    pooled: boolean,
  ): readonly Layer[] => [
    { kind: 'convolution', name: `conv${index}`, channels, taps, dilation, padding: 'none' },
    { kind: 'group-norm', name: `norm${index}`, groups: channels / 2 },
    { kind: 'mish' },
    ...(pooled ? [{ kind: 'max-pool', size: 2 } as const] : []),
    { kind: 'dropout', rate },
  ];
  return {
    name: 'reference',
    frames: framesOf(windowS),
    bands,
    layers: [
      ...block(1, 32, 7, 2, true),
      ...block(2, 16, 5, 2, true),
      ...block(3, 8, 3, 2, true),
      ...block(4, 4, 2, 1, false),
      { kind: 'flatten' },
      { kind: 'dense', name: 'fc1', width: 100 },
      { kind: 'mish' },
      { kind: 'dropout', rate },
      { kind: 'dense', name: 'fc2', width: 1 },
    ],
  };
}

/**
 * A small network for MFCC windows: coefficients are channels, so that a filter sees the whole spectrum at once; blocks
 * of a depthwise and a pointwise convolution with a way past them; the mean over time in the end, so that neither the
 * moment of an event nor the length of the window is learned. Normalising the window first takes its loudness away.
 * Sources: A. Howard et al., "MobileNets", 2017 (separable convolutions); S. Choi et al., "Temporal Convolution for
 * Real-time Keyword Spotting on Mobile Devices", Interspeech 2019 (features as channels).
 */
export function smallNetwork(windowS = 4, bands = 40): Network {
  const channels = 32;
  const groups = channels / 4;
  const rate = 0.5;
  const block = (index: number): Layer => ({
    kind: 'residual',
    layers: [
      { kind: 'depthwise-convolution', name: `depthwise${index}`, taps: 9, dilation: 1, padding: 'same' },
      {
        kind: 'convolution',
        name: `pointwise${index}`,
        channels,
        taps: 1,
        dilation: 1,
        padding: 'none',
      },
      { kind: 'group-norm', name: `norm${index}`, groups },
      { kind: 'mish' },
      { kind: 'dropout', rate },
    ],
  });
  return {
    name: 'small',
    frames: framesOf(windowS),
    bands,
    layers: [
      { kind: 'group-norm', name: 'level', groups: 1 },
      { kind: 'features-to-channels' },
      { kind: 'convolution', name: 'stem', channels, taps: 5, dilation: 1, padding: 'same' },
      { kind: 'group-norm', name: 'norm0', groups },
      { kind: 'mish' },
      { kind: 'dropout', rate },
      { kind: 'max-pool', size: 2 },
      block(1),
      { kind: 'max-pool', size: 2 },
      block(2),
      { kind: 'max-pool', size: 2 },
      block(3),
      { kind: 'mean-over-time' },
      { kind: 'dropout', rate },
      { kind: 'dense', name: 'logit', width: 1 },
    ],
  };
}

/** Logistic regression on the statistics of a window, [1, statistics]: solved, not stepped. */
export function baselineNetwork(statistics: number): Network {
  return {
    name: 'baseline',
    frames: 1,
    bands: statistics,
    layers: [{ kind: 'flatten' }, { kind: 'dense', name: 'logit', width: 1 }],
  };
}

/** What suits the small network: mixed windows, a short warm-up, larger batches than the reference recipe. */
export const smallFit: FitSettings = {
  ...referenceFit,
  recordingsPerBatch: 16,
  mixupShape: 0.4,
  schedule: { ...referenceFit.schedule, warmUpSteps: 60 },
};
