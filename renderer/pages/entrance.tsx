import { useEffect, type ReactNode } from 'react';
import { chooseLanguage } from '../api/desk.ts';
import { languageOptions, useText } from '../i18n/index.ts';
import { SelectField } from '../ui/index.ts';
import { Brand, productName } from './brand.tsx';
import './entrance.css';

/** The frame of what stands before the pages: brand, language, one question. */
export function Entrance(props: {
  readonly title: string;
  readonly isWide?: boolean;
  readonly children: ReactNode;
}) {
  const { t } = useText();
  useDocumentTitle(props.title);
  return (
    <div className="entrance">
      <header className="entrance__head">
        <Brand subtitle={t('brand.subtitle')} />
        <LanguageChoice />
      </header>
      <main className={props.isWide === true ? 'entrance__main entrance__main--wide' : 'entrance__main'}>
        <h1>{props.title}</h1>
        {props.children}
      </main>
    </div>
  );
}

export function LanguageChoice() {
  const { t, language } = useText();
  return (
    <div className="entrance__language">
      <SelectField
        label={t('language.label')}
        value={language}
        options={languageOptions}
        onChange={(chosen) => void chooseLanguage(chosen)}
      />
    </div>
  );
}

export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${productName}`;
  }, [title]);
}
