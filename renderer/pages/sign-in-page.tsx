import { signIn } from '../api/desk.ts';
import { useText } from '../i18n/index.ts';
import { Entrance } from './entrance.tsx';
import { SecretForm } from './secret-form.tsx';

export function SignInPage({ lastUsername }: { readonly lastUsername: string | null }) {
  const { t } = useText();
  return (
    <Entrance title={t('signIn.title')}>
      <SecretForm
        className="entrance__form"
        username={lastUsername ?? ''}
        passwordLabel={t('signIn.password')}
        submitLabel={t('signIn.submit')}
        isSubmitWide
        autoFocus={lastUsername === null ? 'username' : 'password'}
        send={signIn}
      />
      <p className="small muted">{t('signIn.help')}</p>
    </Entrance>
  );
}
