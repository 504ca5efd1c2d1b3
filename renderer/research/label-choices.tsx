import type { LabelQuestion } from '../../contract/registry/labels.ts';
import { useText } from '../i18n/index.ts';
import { Button, Card, Icon, StatusWord, TextField } from '../ui/index.ts';
import { change } from './labelling.ts';
import { labelKeys } from './use-label-keys.ts';
import { chosen, isGiven, mayChoose, type Labelling } from './labelling-rules.ts';

/** The question, its values under the number keys, and the ways on. */
export function LabelChoices(props: {
  readonly question: LabelQuestion;
  readonly state: Labelling;
  readonly onNext: () => void;
  readonly onCompare: () => void;
  readonly onLater: () => void;
}) {
  const { t, local } = useText();
  const { question, state } = props;
  const isOpen = mayChoose(state);
  const isSent = state.current !== null && isGiven(state);
  return (
    <Card title={local(question.text)}>
      <div className="labelling__values" role="group" aria-label={local(question.text)}>
        {question.values.map(({ value, text }, index) => {
          const isOn = state.choice === value;
          return (
            <button
              key={value}
              type="button"
              className={isOn ? 'label-value label-value--on' : 'label-value'}
              aria-pressed={isOn}
              aria-disabled={isOpen ? undefined : true}
              aria-keyshortcuts={String(index + 1)}
              onClick={() => change((before) => chosen(before, value))}
            >
              <kbd>{index + 1}</kbd>
              <span>{local(text)}</span>
              {isOn ? <Icon name="check" /> : null}
            </button>
          );
        })}
      </div>
      {isSent ? (
        <p role="status">
          <StatusWord
            tone={state.isCompared ? 'success' : 'neutral'}
            icon={state.isCompared ? 'done' : 'clock'}
            word={t(state.isCompared ? 'labelling.sent' : 'labelling.sending')}
          />
        </p>
      ) : null}
      <div className="labelling__ways">
        <Button
          look="primary"
          icon="arrow-right"
          isWide
          keyShortcut={labelKeys.next}
          isBusy={state.isAsking}
          isDisabled={state.choice === null || (isSent && !state.isCompared)}
          onClick={props.onNext}
        >
          {t(state.isCompared ? 'labelling.next' : 'labelling.saveNext')} <kbd>{labelKeys.next}</kbd>
        </Button>
        <Button
          icon="scale"
          keyShortcut={labelKeys.compare}
          isDisabled={state.choice === null || isSent}
          onClick={props.onCompare}
        >
          {t('labelling.saveCompare')} <kbd>{labelKeys.compare}</kbd>
        </Button>
        <Button icon="clock" keyShortcut={labelKeys.later} isDisabled={isSent} onClick={props.onLater}>
          {t('labelling.later')} <kbd>{labelKeys.later}</kbd>
        </Button>
      </div>
      <TextField
        label={t('labelling.comment')}
        help={t('labelling.commentHelp')}
        value={state.comment}
        onChange={(comment) => change((before) => ({ ...before, comment }))}
        maximumLength={1000}
        isDisabled={!isOpen}
      />
    </Card>
  );
}
