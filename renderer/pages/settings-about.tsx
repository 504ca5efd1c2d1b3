import { useText } from '../i18n/index.ts';
import { useDesk } from '../state/desk.ts';
import { Card, Facts } from '../ui/index.ts';
import { components } from './components.ts';

export function AboutSettings() {
  const { t } = useText();
  const app = useDesk((desk) => desk.app);
  if (app === null) return null;
  return (
    <>
      <Card title={t('settings.section.about')}>
        <p>{t('about.purpose')}</p>
        <p>{t('about.offline')}</p>
        <Facts
          facts={[
            { name: t('about.version'), value: app.appVersion },
            { name: t('about.host'), value: t(`about.host.${app.host}`) },
          ]}
        />
      </Card>
      <Card title={t('about.shortcuts')}>
        <Facts
          facts={[
            { name: 'Ctrl+Shift+L', value: t('about.shortcut.lock') },
            { name: '↑ ↓ Enter', value: t('about.shortcut.list') },
            { name: 'Esc', value: t('about.shortcut.close') },
          ]}
        />
      </Card>
      <Card title={t('about.licences')}>
        <p>{t('about.licence')}</p>
        <div className="scroll-x">
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">{t('about.component')}</th>
                <th scope="col">{t('about.componentLicence')}</th>
              </tr>
            </thead>
            <tbody>
              {components.map(({ name, licence }) => (
                <tr key={name}>
                  <td>{name}</td>
                  <td>{licence}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Card>
    </>
  );
}
