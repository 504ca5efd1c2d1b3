import type { LabelQuestion } from '../../contract/registry/labels.ts';
import { useText, type MessageKey } from '../i18n/index.ts';
import { Button, Checkbox, Dialog } from '../ui/index.ts';

const others: readonly (readonly [keys: readonly string[], text: MessageKey])[] = [
  [['␣'], 'labelling.key.play'],
  [['←', '→'], 'labelling.key.seek'],
  [['↑', '↓'], 'labelling.key.take'],
  [['N', '↵'], 'labelling.key.next'],
  [['V'], 'labelling.key.compare'],
  [['S'], 'labelling.key.later'],
  [['U'], 'labelling.key.undo'],
  [['?'], 'labelling.key.help'],
];

/** Every key of the page, and the switch for those who must not use single keys. */
export function LabelHelp(props: {
  readonly values: LabelQuestion['values'];
  readonly areKeysOn: boolean;
  readonly onKeysOn: (areOn: boolean) => void;
  readonly onClose: () => void;
}) {
  const { t, local } = useText();
  const rows: readonly (readonly [readonly string[], string])[] = [
    ...props.values.map(({ text }, index) => [[String(index + 1)], local(text)] as const),
    ...others.map(([keys, text]) => [keys, t(text)] as const),
  ];
  return (
    <Dialog
      title={t('labelling.keys')}
      onClose={props.onClose}
      actions={
        <Button look="primary" onClick={props.onClose} autoFocus>
          {t('common.close')}
        </Button>
      }
    >
      <dl className="label-keys">
        {rows.map(([keys, words]) => (
          <div key={words}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <Checkbox label={t('labelling.keysOn')} isOn={props.areKeysOn} onChange={props.onKeysOn} />
    </Dialog>
  );
}
