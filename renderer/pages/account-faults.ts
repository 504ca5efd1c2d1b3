import { useText } from '../i18n/index.ts';
import { minimumPasswordLength, type AccountFault, type AccountFaults } from '../state/account-form.ts';

/** The faults of an account form as texts, by field. */
export function useFaultTexts(faults: AccountFaults): { readonly [Field in keyof AccountFaults]: string } {
  const { t } = useText();
  const textOf = (fault: AccountFault): string => {
    switch (fault) {
      case 'required':
        return t('check.required');
      case 'username':
        return t('check.username');
      case 'password-short':
        return t('check.passwordShort', { minimum: minimumPasswordLength });
      case 'passwords-differ':
        return t('check.passwordsDiffer');
      case 'roles':
        return t('check.roles');
      default:
        return fault satisfies never;
    }
  };
  return Object.fromEntries(Object.entries(faults).map(([field, fault]) => [field, textOf(fault)]));
}
