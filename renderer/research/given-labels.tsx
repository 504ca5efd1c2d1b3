import { useState } from 'react';
import { labelQuestionOf } from '../../contract/registry/labels.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { Button, Card, ChoiceField, Dialog, StatusWord, TextField } from '../ui/index.ts';
import { correct } from './labelling.ts';
import type { GivenLabel } from './labelling-rules.ts';
import { valueText } from './session-labels.tsx';

const shownAtMost = 20;
const takenBack = 'taken-back';

/** What this reader gave in this sitting, newest first: each may be corrected, with a reason. */
export function GivenLabels(props: {
  readonly given: readonly GivenLabel[];
  readonly correcting: GivenLabel | null;
  readonly onCorrect: (entry: GivenLabel | null) => void;
}) {
  const text = useText();
  const { t, format } = text;
  const { given, correcting, onCorrect } = props;
  if (given.length === 0) return null;
  const places = placesOf(given);
  return (
    <Card title={t('labelling.given')}>
      <ul className="panel-list">
        {given.slice(0, shownAtMost).map((entry) => (
          <li key={entry.label.id}>
            <span>
              {t(entry.isCorrection ? 'labelling.givenCorrection' : 'labelling.givenLine', {
                number: format.number(places.get(entry.sessionId) ?? 0),
                value:
                  entry.label.value === null
                    ? t('labels.takenBack')
                    : valueText(text, entry.label.question, entry.label.value),
              })}
            </span>
            <span className="row">
              <GivenState entry={entry} />
              {newestOf(given, entry) && entry.state !== 'refused' ? (
                <Button size="dense" icon="undo" onClick={() => onCorrect(entry)}>
                  {t('labelling.correct')}
                </Button>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
      {correcting === null ? null : (
        <CorrectDialog
          entry={correcting}
          number={places.get(correcting.sessionId) ?? 0}
          onClose={() => onCorrect(null)}
        />
      )}
    </Card>
  );
}

function GivenState({ entry }: { readonly entry: GivenLabel }) {
  const { t } = useText();
  switch (entry.state) {
    case 'sent':
      return <StatusWord tone="success" icon="cloud-done" word={t('labelling.state.sent')} />;
    case 'kept':
      return <StatusWord tone="neutral" icon="clock" word={t('labelling.state.kept')} />;
    case 'refused':
      return (
        <StatusWord
          tone="danger"
          icon="alert"
          wraps
          word={t('labelling.state.refused', {
            reason: entry.problem === null ? '' : t(`problem.${entry.problem.code}.what`),
          })}
        />
      );
    default:
      return entry.state satisfies never;
  }
}

/** The sessions of this sitting by the order in which they were labelled, from 1. */
function placesOf(given: readonly GivenLabel[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const { sessionId } of given.toReversed()) {
    if (!places.has(sessionId)) places.set(sessionId, places.size + 1);
  }
  return places;
}

/** Only the newest label of a session is corrected: the others are corrected already. */
function newestOf(given: readonly GivenLabel[], entry: GivenLabel): boolean {
  return given.find(({ sessionId }) => sessionId === entry.sessionId) === entry;
}

function CorrectDialog(props: {
  readonly entry: GivenLabel;
  readonly number: number;
  readonly onClose: () => void;
}) {
  const { t, local, format } = useText();
  const { entry, onClose } = props;
  const [value, setValue] = useState<string | undefined>(undefined);
  const [why, setWhy] = useState('');
  const [hasTried, setTried] = useState(false);
  const options = [
    ...labelQuestionOf(entry.label.question)
      .values.filter((known) => known.value !== entry.label.value)
      .map((known) => ({ value: known.value, label: local(known.text) })),
    ...(entry.label.value === null ? [] : [{ value: takenBack, label: t('labelling.takeBack') }]),
  ];
  const save = (): void => {
    setTried(true);
    if (value === undefined || why.trim() === '') return;
    void correct(call, entry.sessionId, { value: value === takenBack ? null : value, why: why.trim() });
    onClose();
  };
  return (
    <Dialog
      title={t('labelling.correctTitle', { number: format.number(props.number) })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" icon="undo" onClick={save}>
            {t('labelling.correctSave')}
          </Button>
        </>
      }
    >
      <p>{t('labelling.correctBody')}</p>
      <ChoiceField<string>
        label={t('labelling.correctTo')}
        value={value}
        options={options}
        onChange={setValue}
        layout="column"
        error={hasTried && value === undefined ? t('fault.missing') : undefined}
        isRequired
      />
      <TextField
        label={t('labelling.correctWhy')}
        value={why}
        onChange={setWhy}
        maximumLength={1000}
        error={hasTried && why.trim() === '' ? t('fault.missing') : undefined}
        isRequired
      />
    </Dialog>
  );
}
