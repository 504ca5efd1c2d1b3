/** One label for a session of the registry, of all that was said of it, by the plan of the configuration. */
import { labelQuestionOf } from '../../../contract/registry/labels.ts';
import type { OfferedSession } from '../../../contract/registry/training-runs.ts';
import type { DefectKind, LabelPlan } from '../../../contract/training/configuration.ts';

type Said = OfferedSession['labels'][number];

export type ChosenLabel =
  | { readonly isChosen: true; readonly label: string; readonly source: string }
  | { readonly isChosen: false; readonly kind: DefectKind; readonly reason: string };

/**
 * Labels of sources that the plan does not name are not heard; who says that they cannot tell disagrees with nobody.
 * Two labels of the believed source that differ decide nothing, whatever the plan says of disagreement.
 */
export function chooseLabel({ kind, labels }: OfferedSession, plan: LabelPlan): ChosenLabel {
  if (plan.from === 'sample-kind') return { isChosen: true, label: kind, source: 'sample-kind' };
  const { values } = labelQuestionOf(plan.question);
  const meaningOf = ({ value }: Said) =>
    values.find((known) => known.value === value)?.meaning ?? 'abstention';
  const heard = labels.filter(
    (one) =>
      one.question === plan.question && plan.sources.includes(one.source) && meaningOf(one) !== 'abstention',
  );
  const source = plan.sources.find((one) => heard.some((label) => label.source === one));
  if (source === undefined) {
    return { isChosen: false, kind: 'unlabelled', reason: `no label of ${plan.sources.join(', ')}` };
  }
  const decides = plan.onDisagreement === 'exclude' ? heard : heard.filter((one) => one.source === source);
  const [first, ...others] = decides as [Said, ...Said[]];
  if (others.some(({ value }) => value !== first.value)) {
    const said = decides.map((one) => `${one.source}: ${one.value}`).sort();
    return { isChosen: false, kind: 'labels-disagree', reason: said.join(', ') };
  }
  if (meaningOf(first) === 'unusable') {
    return { isChosen: false, kind: 'unusable', reason: `says ${source}` };
  }
  return { isChosen: true, label: first.value, source };
}
