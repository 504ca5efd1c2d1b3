import { useState, type KeyboardEvent, type Ref } from 'react';
import { useText } from '../i18n/index.ts';
import { TextField } from '../ui/index.ts';

/** A password, with the one thing that most often makes it wrong: Caps Lock. */
export function PasswordField(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isNew?: boolean;
  readonly help?: string;
  readonly error?: string | undefined;
  readonly autoFocus?: boolean;
  readonly inputRef?: Ref<HTMLInputElement>;
}) {
  const { t } = useText();
  const [isCapsLockOn, setCapsLockOn] = useState(false);
  return (
    <TextField
      label={props.label}
      type="password"
      value={props.value}
      onChange={props.onChange}
      autoComplete={props.isNew === true ? 'new-password' : 'current-password'}
      maximumLength={256}
      help={props.help}
      error={props.error}
      warning={isCapsLockOn ? t('signIn.capsLock') : undefined}
      {...(props.autoFocus === undefined ? {} : { autoFocus: props.autoFocus })}
      {...(props.inputRef === undefined ? {} : { inputRef: props.inputRef })}
      onKeyDown={(event: KeyboardEvent) => setCapsLockOn(event.getModifierState('CapsLock'))}
    />
  );
}
