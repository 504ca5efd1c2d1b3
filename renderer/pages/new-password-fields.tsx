import { useText } from '../i18n/index.ts';
import { PasswordField } from './password-field.tsx';

/** A new password as it is being typed, twice, because nobody sees what is typed. */
export interface TypedPassword {
  readonly password: string;
  readonly passwordAgain: string;
}

export const nothingTyped: TypedPassword = { password: '', passwordAgain: '' };

export function NewPasswordFields(props: {
  readonly label: string;
  readonly againLabel: string;
  readonly typed: TypedPassword;
  readonly onChange: (typed: TypedPassword) => void;
  /** Texts of what is wrong, by field; see `useFaultTexts`. */
  readonly errors: { readonly [Field in keyof TypedPassword]?: string };
  readonly autoFocus?: boolean;
}) {
  const { t } = useText();
  const { typed, errors, onChange } = props;
  return (
    <>
      <PasswordField
        label={props.label}
        help={t('firstStart.passwordHelp')}
        value={typed.password}
        onChange={(password) => onChange({ ...typed, password })}
        error={errors.password}
        isNew
        {...(props.autoFocus === undefined ? {} : { autoFocus: props.autoFocus })}
      />
      <PasswordField
        label={props.againLabel}
        value={typed.passwordAgain}
        onChange={(passwordAgain) => onChange({ ...typed, passwordAgain })}
        error={errors.passwordAgain}
        isNew
      />
    </>
  );
}
