import { useNow } from '../api/use-now.ts';
import { useText } from '../i18n/index.ts';
import { Button, SelectField, StatusWord, TextField } from '../ui/index.ts';
import type { ScheduleFaults, TypedSchedule } from './schedule-form.ts';
import type { NextTimes } from './use-next-times.ts';

/** What is asked for most, for whoever does not write cron expressions. */
const examples = { nightly: '0 3 * * *', weekly: '0 3 * * 6', monthly: '0 3 1 * *' } as const;
const exampleNames = ['nightly', 'weekly', 'monthly'] as const;

/** When by the calendar: the expression, its time zone, and what the registry makes of them. */
export function ScheduleCalendar(props: {
  readonly typed: TypedSchedule;
  readonly fault: ScheduleFaults['expression'];
  readonly set: (change: Partial<TypedSchedule>) => void;
  readonly next: NextTimes;
}) {
  const { t } = useText();
  const { typed, fault, next, set } = props;
  const isNever = next.is === 'known' && next.times.length === 0;
  const error =
    fault !== undefined
      ? t(fault === 'missing' ? 'fault.missing' : 'schedule.fault.cron')
      : next.is === 'not-understood'
        ? t('schedule.fault.cron')
        : isNever
          ? t('schedule.fault.never')
          : undefined;
  return (
    <div className="stack">
      <div className="schedule__fields">
        <TextField
          label={t('schedule.expression')}
          help={t('schedule.expressionHelp')}
          value={typed.expression}
          onChange={(expression) => set({ expression })}
          maximumLength={120}
          error={error}
          isSpellChecked={false}
          isRequired
        />
        <SelectField
          label={t('schedule.timeZone')}
          value={typed.timeZone}
          options={zonesWith(typed.timeZone).map((zone) => ({
            value: zone,
            label: zone.replaceAll('_', ' '),
          }))}
          onChange={(timeZone) => set({ timeZone })}
        />
      </div>
      <div className="row" role="group" aria-label={t('schedule.examples')}>
        {exampleNames.map((name) => (
          <Button key={name} size="dense" onClick={() => set({ expression: examples[name] })}>
            {t(`schedule.example.${name}`)}
          </Button>
        ))}
      </div>
      <Times next={next} />
    </div>
  );
}

function Times({ next }: { readonly next: NextTimes }) {
  const { t, format } = useText();
  const now = useNow(next);
  return (
    <div role="status">
      {next.is === 'asking' ? <StatusWord tone="neutral" icon="busy" word={t('schedule.asking')} /> : null}
      {next.is === 'problem' ? (
        <StatusWord
          tone="warning"
          icon="warning"
          wraps
          word={t('schedule.timesUnknown', { why: t(`problem.${next.problem.code}.what`) })}
        />
      ) : null}
      {next.is === 'known' && next.times.length > 0 ? (
        <>
          <p className="small muted">{t('schedule.times')}</p>
          <ol>
            {next.times.map((at) => {
              const ahead = format.ahead(at, now);
              const shown = format.instantInFull(at);
              return (
                <li key={at}>{ahead === undefined ? shown : t('schedule.nextAt', { at: shown, ahead })}</li>
              );
            })}
          </ol>
        </>
      ) : null}
    </div>
  );
}

/** All that this PC knows by name, and the one that is chosen, which may be another registry's. */
function zonesWith(chosen: string): readonly string[] {
  return [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone'), chosen])].sort();
}
