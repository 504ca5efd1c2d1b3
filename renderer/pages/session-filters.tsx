import { useState } from 'react';
import { decisions } from '../../contract/model-manifest.ts';
import { sampleKinds, sessionModes, sessionStatuses, syncStates } from '../../contract/session.ts';
import { useText } from '../i18n/index.ts';
import { dayEnd, dayOf, dayStart } from '../state/day-bounds.ts';
import type { SessionFilter } from '../state/session-list.ts';
import { Button, Chip, DateField } from '../ui/index.ts';
import './sessions.css';

type ListKey = 'modes' | 'kinds' | 'statuses' | 'decisions' | 'sync';
type ValueOf<Key extends ListKey> = NonNullable<SessionFilter[Key]>[number];

/** Filters as chips: several of one kind mean any of them, several kinds mean all of them. */
export function SessionFilters(props: {
  readonly filter: SessionFilter;
  readonly onChange: (filter: SessionFilter) => void;
  readonly onClear: () => void;
}) {
  const { t } = useText();
  const { filter, onChange } = props;
  const without = (key: keyof SessionFilter): SessionFilter => {
    const { [key]: _removed, ...rest } = filter;
    return rest;
  };
  const chips = <Key extends ListKey>(
    key: Key,
    title: string,
    values: readonly ValueOf<Key>[],
    word: (value: ValueOf<Key>) => string,
  ) => {
    const on: readonly string[] = filter[key] ?? [];
    const toggle = (value: ValueOf<Key>): void => {
      const next = values.filter((item) => (item === value ? !on.includes(item) : on.includes(item)));
      onChange(next.length === 0 ? without(key) : { ...filter, [key]: next });
    };
    return (
      <div role="group" aria-label={title} className="filters__group">
        <span className="filters__title" aria-hidden="true">
          {title}
        </span>
        <div className="filters__chips">
          {values.map((value) => (
            <Chip key={value} label={word(value)} isOn={on.includes(value)} onToggle={() => toggle(value)} />
          ))}
        </div>
      </div>
    );
  };
  const bounded = (key: 'from' | 'to', instant: string | undefined): void =>
    onChange(instant === undefined ? without(key) : { ...filter, [key]: instant });

  return (
    <section className="filters" aria-label={t('list.filters')}>
      {chips('statuses', t('list.filter.status'), sessionStatuses, (value) => t(`status.${value}`))}
      {chips('decisions', t('list.filter.decision'), decisions, (value) => t(`decision.${value}`))}
      {chips('modes', t('list.filter.mode'), sessionModes, (value) => t(`mode.${value}`))}
      {chips('kinds', t('list.filter.kind'), sampleKinds, (value) => t(`kind.${value}`))}
      {chips('sync', t('list.filter.sync'), syncStates, (value) => t(`sync.${value}`))}
      <div className="filters__dates">
        <DateFilter
          label={t('list.filter.from')}
          instant={filter.from}
          bound={dayStart}
          onChange={(instant) => bounded('from', instant)}
        />
        <DateFilter
          label={t('list.filter.to')}
          instant={filter.to}
          bound={dayEnd}
          onChange={(instant) => bounded('to', instant)}
        />
        <Button look="quiet" icon="close" onClick={props.onClear}>
          {t('list.filter.clear')}
        </Button>
      </div>
    </section>
  );
}

/** A day that is still being typed filters nothing and is not lost. */
function DateFilter(props: {
  readonly label: string;
  readonly instant: string | undefined;
  readonly bound: (day: string) => string | undefined;
  readonly onChange: (instant: string | undefined) => void;
}) {
  const { t, language } = useText();
  const { instant, bound } = props;
  const [unfinished, setUnfinished] = useState<string | undefined>(undefined);
  const value = unfinished ?? (instant === undefined ? undefined : dayOf(instant));
  const hasFault = unfinished !== undefined && unfinished.replaceAll(/\D/gu, '').length >= 8;
  return (
    <DateField
      label={props.label}
      language={language}
      formatHint={t('common.dateHint')}
      value={value}
      error={hasFault ? t('fault.not-a-date') : undefined}
      onChange={(day) => {
        const next = day === undefined ? undefined : bound(day);
        setUnfinished(day !== undefined && next === undefined ? day : undefined);
        if (next !== instant) props.onChange(next);
      }}
    />
  );
}
