/** How a recording sounds, in a few numbers: by them copies are told that no hash shows. */
import { shortestWaveform } from '../../core/features/mfcc-graph.ts';
import { referenceMfcc } from '../../core/features/mfcc-tables.ts';
import { statisticsGraph } from '../../core/features/statistics-graph.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { describeProblem } from '../describe-problem.ts';
import type { StepPorts } from './step.ts';

export interface SoundMeter {
  /** Means over the recording, mono at 16 kHz, of the statistics of its windows; none of one too short for any. */
  measure(samples: Float32Array): Promise<Outcome<readonly number[]>>;
  release(): Promise<void>;
}

const window = { lengthS: 1, stepS: 0.5 };
const wayOut = 'Give the process more memory or shorter recordings; if it stays, report it with this line.';

export async function openSoundMeter({ tensors }: Pick<StepPorts, 'tensors'>): Promise<Outcome<SoundMeter>> {
  const opened = await tensors.open(statisticsGraph(window));
  if (!opened.ok) return refuse(`sounds cannot be compared: ${describeProblem(opened.problem)}`, wayOut);
  return done({
    async measure(samples) {
      if (samples.length < shortestWaveform(referenceMfcc)) return done([]);
      const outputs = await opened.value.run({ waveform: { data: samples, dims: [samples.length] } });
      if (!outputs.ok)
        return refuse(`sounds cannot be compared: ${describeProblem(outputs.problem)}`, wayOut);
      const { data, dims } = outputs.value['statistics']!;
      const [windows, statistics] = dims as [number, number];
      return done(
        Array.from({ length: statistics }, (_, column) => {
          let sum = 0;
          for (let row = 0; row < windows; row++) sum += data[row * statistics + column]!;
          return sum / windows;
        }),
      );
    },
    release: () => opened.value.release(),
  });
}
