/** The patient's form, drawn from its definition. */
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { shownFields, type FormField } from '../../contract/form.ts';
import { useText } from '../i18n/index.ts';
import { useDesk } from '../state/desk.ts';
import { Button, Checkbox, Notice } from '../ui/index.ts';
import { AnswerField } from './answer-field.tsx';
import { answer, confirmWarning, formVerdict, type OpenSession } from './flow.ts';
import { FlowTop } from './flow-top.tsx';
import { useFindingTexts } from './finding-texts.ts';

export function FormStep({
  open,
  onContinue,
}: {
  readonly open: OpenSession;
  readonly onContinue: () => void;
}) {
  const { t, local } = useText();
  const hospitals = useDesk((desk) => desk.app?.settings.hospitals) ?? noHospitals;
  const texts = useFindingTexts(open.form);
  const verdict = formVerdict(open);
  const [left, setLeft] = useState<ReadonlySet<string>>(() => new Set());
  const [tries, setTries] = useState(0);
  const formRef = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (tries > 0) focusFirstFault(formRef.current);
  }, [tries]);
  const shown = shownFields(open.form, open.answers);
  const groups = open.form.groups.filter((group) => shown.some((field) => field.group === group.key));

  const renderField = (field: FormField): ReactNode => {
    const fault = verdict.faults.find((finding) => finding.field === field.key);
    const warning = verdict.warnings.find((finding) => finding.field === field.key);
    const isSettled = tries > 0 || left.has(field.key);
    const isConfirmed = open.confirmedWarnings.includes(field.key);
    return (
      <div key={field.key} className="flow__field" data-fault={fault !== undefined || undefined}>
        <AnswerField
          field={field}
          answer={open.answers[field.key]}
          suggestions={field.role === 'hospital' ? hospitals : noHospitals}
          error={fault !== undefined && isSettled ? texts.fault(fault) : undefined}
          warning={warning !== undefined && isSettled ? texts.warning(warning) : undefined}
          onAnswer={(value) => answer(field.key, value)}
          onLeave={() => setLeft((before) => new Set(before).add(field.key))}
        />
        {warning === undefined || !isSettled ? null : (
          <div data-open-warning={!isConfirmed || undefined}>
            <Checkbox
              label={t('newSession.warning.confirm')}
              isOn={isConfirmed}
              onChange={(isOn) => confirmWarning(field.key, isOn)}
            />
          </div>
        )}
      </div>
    );
  };

  return (
    <form
      ref={formRef}
      className="flow__form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (verdict.isDone) onContinue();
        else setTries((count) => count + 1);
      }}
    >
      <FlowTop open={open} title={local(open.form.title)} lead={t('newSession.form.lead')} />
      {groups.map((group) => {
        const fields = shown.filter((field) => field.group === group.key);
        const isOpen = fields.some(
          (field) =>
            open.answers[field.key] !== undefined ||
            verdict.faults.some((finding) => finding.field === field.key),
        );
        return (
          <FormGroup key={group.key} title={local(group.title)} isOptional={group.optional} isOpen={isOpen}>
            {fields.map(renderField)}
          </FormGroup>
        );
      })}
      {tries > 0 && !verdict.isDone ? (
        <Notice
          tone="warning"
          title={t('newSession.form.open', { count: verdict.faults.length + verdict.open.length })}
          isLive
        >
          {t('newSession.form.openHelp')}
        </Notice>
      ) : null}
      <div className="flow__actions">
        <Button type="submit" look="primary" size="large" icon="arrow-right">
          {t('recording.continue')}
        </Button>
      </div>
    </form>
  );
}

const noHospitals: readonly string[] = [];

/** Optional groups are folded away until they hold something. */
function FormGroup(props: {
  readonly title: string;
  readonly isOptional: boolean;
  readonly isOpen: boolean;
  readonly children: ReactNode;
}) {
  const id = useId();
  const [wasOpened, setOpened] = useState(props.isOpen);
  if (!props.isOptional) {
    return (
      <section className="flow__group" aria-labelledby={id}>
        <h2 id={id}>{props.title}</h2>
        <div className="flow__fields">{props.children}</div>
      </section>
    );
  }
  return (
    <details
      className="flow__group flow__group--folded"
      open={wasOpened || props.isOpen}
      onToggle={(event) => setOpened(event.currentTarget.open)}
    >
      <summary>
        <h2 id={id}>{props.title}</h2>
      </summary>
      <div className="flow__fields">{props.children}</div>
    </details>
  );
}

function focusFirstFault(form: HTMLFormElement | null): void {
  const first = form?.querySelector('[data-fault], [data-open-warning]');
  first?.querySelector<HTMLElement>('input, select, textarea')?.focus();
}
