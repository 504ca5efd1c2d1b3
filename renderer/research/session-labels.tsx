import type { CommandOutput } from '../../contract/app-api.ts';
import { labelQuestionOf, type Label, type LabelQuestionId } from '../../contract/registry/labels.ts';
import type { Problem } from '../../contract/result.ts';
import { useText, type Text } from '../i18n/index.ts';
import { Card, StatusWord } from '../ui/index.ts';
import { WideTable } from './wide-table.tsx';

/** What was said of a session, by whom and why; what was corrected stays to be seen. */
export function SessionLabelsCard(props: {
  readonly labels: {
    readonly value: CommandOutput<'research.labels.of-session'> | null;
    readonly problem: Problem | null;
  };
}) {
  const { t, local } = useText();
  const { value } = props.labels;
  if (value === null) return null;
  return (
    <Card title={t('labels.title')}>
      {value.questions.map(({ question, consolidated }) => (
        <section key={question} className="stack stack--tight">
          <h3>{local(labelQuestionOf(question).text)}</h3>
          {consolidated === null ? null : <Consolidated question={question} consolidated={consolidated} />}
          <LabelTable labels={value.labels.filter((label) => label.question === question)} />
        </section>
      ))}
    </Card>
  );
}

type ConsolidatedLabel = NonNullable<
  CommandOutput<'research.labels.of-session'>['questions'][number]['consolidated']
>;

function Consolidated(props: {
  readonly question: LabelQuestionId;
  readonly consolidated: ConsolidatedLabel;
}) {
  const text = useText();
  const { t } = text;
  const { value, isDisagreed, why } = props.consolidated;
  return (
    <div className="row">
      {value === null ? (
        <StatusWord tone="neutral" icon="unknown" wraps word={t(`labels.why.${why}`)} />
      ) : (
        <StatusWord
          tone="accent"
          icon="labels"
          wraps
          word={t('labels.consolidated', { value: valueText(text, props.question, value) })}
        />
      )}
      {isDisagreed ? <StatusWord tone="warning" icon="warning" wraps word={t('labels.disagreed')} /> : null}
    </div>
  );
}

/** Newest first; a label that was corrected is named so, in words. */
export function LabelTable({ labels }: { readonly labels: readonly Label[] }) {
  const text = useText();
  const { t, format } = text;
  if (labels.length === 0) return <p className="muted">{t('labels.none')}</p>;
  return (
    <WideTable label={t('labels.title')}>
      <thead>
        <tr>
          <th scope="col">{t('labels.value')}</th>
          <th scope="col">{t('labels.source')}</th>
          <th scope="col">{t('labels.by')}</th>
          <th scope="col">{t('labels.at')}</th>
          <th scope="col">{t('labels.comment')}</th>
          <th scope="col">{t('labels.state')}</th>
        </tr>
      </thead>
      <tbody>
        {labels.toReversed().map((label) => (
          <tr key={label.id}>
            <th scope="row">
              {label.value === null ? t('labels.takenBack') : valueText(text, label.question, label.value)}
            </th>
            <td>{sourceText(text, label)}</td>
            <td>{label.by.name ?? t('labels.system')}</td>
            <td>{format.instant(label.at)}</td>
            <td className="note">{label.why ?? ''}</td>
            <td>
              {label.isInForce ? (
                <StatusWord tone="success" icon="check" word={t('labels.inForce')} />
              ) : (
                <StatusWord tone="neutral" icon="undo" word={t('labels.corrected')} />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </WideTable>
  );
}

/** The same in a narrow place: one line per label. */
export function LabelLines({ labels }: { readonly labels: readonly Label[] }) {
  const text = useText();
  const { t, format } = text;
  if (labels.length === 0) return <p className="muted">{t('labels.none')}</p>;
  return (
    <ul className="panel-list">
      {labels.map((label) => (
        <li key={label.id}>
          <span className="stack stack--tight">
            <strong>
              {label.value === null ? t('labels.takenBack') : valueText(text, label.question, label.value)}
            </strong>
            <span className="muted small">
              {t('training.requestedBy', {
                by: label.by.name ?? t('labels.system'),
                at: format.instant(label.at),
              })}
            </span>
            {label.why === null ? null : <span className="note small">{label.why}</span>}
          </span>
          <span className="small">{sourceText(text, label)}</span>
        </li>
      ))}
    </ul>
  );
}

function sourceText({ t }: Pick<Text, 't'>, { source, reading, isBlind }: Label): string {
  return [
    t(`labels.source.${source}`),
    ...(reading === null ? [] : [t(`labels.reading.${reading}`)]),
    ...(isBlind ? [t('labels.blind')] : []),
  ].join(' · ');
}

/** The words of a value; one that this program does not know stands as it is. */
export function valueText({ local }: Pick<Text, 'local'>, question: LabelQuestionId, value: string): string {
  const known = labelQuestionOf(question).values.find((candidate) => candidate.value === value);
  return known === undefined ? value : local(known.text);
}
