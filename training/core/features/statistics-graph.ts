import { createGraphBuilder } from '../graph/graph-builder.ts';
import type { Graph } from '../graph/graph.ts';
import { operatorsOf } from '../graph/operators.ts';
import { referenceMfcc } from './mfcc-tables.ts';
import { addWindowFeatures, featureCount, type WindowSettings } from './window-features.ts';

/** `waveform` [samples] at 16 kHz to `statistics` [windows, statistics], by itself and without a network. */
export function statisticsGraph(window: WindowSettings): Graph {
  const builder = createGraphBuilder('statistics');
  const waveform = builder.input('waveform', 'float32', ['samples']);
  const features = addWindowFeatures(builder, operatorsOf(builder), waveform, referenceMfcc, window);
  builder.output('statistics', features, 'float32', ['windows', featureCount(referenceMfcc)]);
  return builder.build();
}
