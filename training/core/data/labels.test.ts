import { describe, expect, it } from 'vitest';
import { keepLabelled, planLabels, type LabelOptions } from './labels.ts';

const recordings = (...labels: string[]) =>
  labels.map((label, index) => ({ line: index + 2, path: `${index}.wav`, subject: `s${index}`, label }));
const planOf = (labels: readonly string[], options: LabelOptions): unknown => {
  const plan = planLabels(recordings(...labels), options);
  return plan.ok ? plan.value : plan.refusal.what;
};

describe('the two labels', () => {
  it.each<[string, string[], LabelOptions, unknown]>([
    [
      'take 1 as the positive one',
      ['1', '0'],
      {},
      { values: ['0', '1'], names: ['0', '1'], positiveColumn: 1 },
    ],
    [
      'get names and order from the option',
      ['0', '1'],
      { labels: '1=ill,0=well' },
      { values: ['1', '0'], names: ['ill', 'well'], positiveColumn: 0 },
    ],
    [
      'may be words, with the positive one named',
      ['healthy', 'als'],
      { positiveLabel: 'healthy' },
      { values: ['als', 'healthy'], names: ['als', 'healthy'], positiveColumn: 1 },
    ],
    ['must be two', ['0', '1', '2'], {}, 'the recordings have 3 different labels, two are needed'],
    ['must not be one', ['1', '1'], {}, 'the recordings have 1 different label, two are needed'],
    ['must be there', ['0', '1'], { labels: '0=a,2=b' }, 'no recording has the label "2"'],
    [
      'must differ',
      ['0', '1'],
      { labels: '0=a,1=a' },
      '--labels "0=a,1=a" names one label twice or leaves one empty',
    ],
    ['need a positive one', ['a', 'b'], {}, 'it is not said which label is the positive one'],
    ['know their names', ['0', '1'], { positiveLabel: 'ill' }, '"ill" is not one of the two labels'],
  ])('%s', (_name, labels, options, expected) => {
    expect(planOf(labels, options)).toEqual(expected);
  });

  it('leaves recordings of a third label out, by name', () => {
    const listed = recordings('0', '1', '2');
    const plan = planLabels(listed, { labels: '0=a,1=b' });
    if (!plan.ok) throw new Error(plan.refusal.what);
    const { kept, defects } = keepLabelled(listed, plan.value);
    expect(kept.map(({ path }) => path)).toEqual(['0.wav', '1.wav']);
    expect(defects).toEqual([{ name: '2.wav', reason: 'its label "2" is not one of the two' }]);
  });
});
