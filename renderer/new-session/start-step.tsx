/** What kind of session this is to be; one press makes the draft. */
import { useState } from 'react';
import type { ModelState, Settings } from '../../contract/app-api.ts';
import type { ModelReference } from '../../contract/model-manifest.ts';
import type { Problem } from '../../contract/result.ts';
import { sampleKinds, sessionModes, type SampleKind, type SessionMode } from '../../contract/session.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { ProblemNotice } from '../pages/problem-notice.tsx';
import { navigate } from '../router.ts';
import { useDesk } from '../state/desk.ts';
import { Button, CheckboxGroup, ChoiceField, Notice, SelectField } from '../ui/index.ts';
import { enter, useFlow, type Definitions } from './flow.ts';
import { newestFirst } from './newest-version.ts';
import { FlowTop } from './flow-top.tsx';

export function StartStep() {
  const definitions = useFlow((flow) => flow.definitions);
  const models = useFlow((flow) => flow.models);
  const settings = useDesk((desk) => desk.app?.settings);
  if (definitions === undefined || settings === undefined) return null;
  return <StartForm definitions={definitions} models={models} settings={settings} />;
}

interface StartFormProps {
  readonly definitions: Definitions;
  readonly models: readonly ModelState[];
  readonly settings: Settings;
}

function StartForm({ definitions, models, settings }: StartFormProps) {
  const { t, local } = useText();
  const usable = models.filter((model) => model.state !== 'failed' && model.service === 'in-service');
  const forms = newestFirst(definitions.forms);
  const protocols = newestFirst(definitions.protocols);
  const [mode, setMode] = useState<SessionMode>('inference');
  const [kind, setKind] = useState<SampleKind>('PATIENT');
  const [chosen, setChosen] = useState<readonly string[]>(() => preselected(usable, settings));
  const [formKey, setFormKey] = useState(() => keyOf(forms[0]));
  const [protocolKey, setProtocolKey] = useState(() => keyOf(protocols[0]));
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const form = forms.find((each) => keyOf(each) === formKey);
  const protocol = protocols.find((each) => keyOf(each) === protocolKey);
  const lacksModel = mode === 'inference' && chosen.length === 0;

  const begin = async (): Promise<void> => {
    setTried(true);
    if (lacksModel || form === undefined || protocol === undefined) return;
    setBusy(true);
    const session = await call('sessions.create', {
      mode,
      kind,
      form: { id: form.id, version: form.version },
      protocol: { id: protocol.id, version: protocol.version },
      models: mode === 'inference' ? referencesOf(usable, chosen) : [],
    });
    setBusy(false);
    if (!session.ok) {
      setProblem(session.problem);
      return;
    }
    enter(session.value);
    navigate({ page: 'new-session', sessionId: session.value.id });
  };

  return (
    <form
      className="flow__form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void begin();
      }}
    >
      <FlowTop title={t('newSession.start.title')} lead={t('newSession.start.lead')} />
      {problem === undefined ? null : <ProblemNotice problem={problem} retry={() => void begin()} />}
      <ChoiceField
        label={t('newSession.mode')}
        value={mode}
        options={sessionModes.map((value) => ({
          value,
          label: t(`mode.${value}`),
          help: t(`newSession.modeHelp.${value}`),
        }))}
        onChange={setMode}
      />
      <ChoiceField
        label={t('newSession.kind')}
        value={kind}
        options={sampleKinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
        help={kind === 'TEST' ? t('newSession.kindHelp.TEST') : undefined}
        onChange={setKind}
      />
      {mode === 'inference' ? (
        usable.length === 0 ? (
          <Notice tone="warning" title={t('newSession.noModel.what')}>
            {t('newSession.noModel.do')}
          </Notice>
        ) : (
          <CheckboxGroup
            label={t('newSession.models')}
            layout="column"
            values={[...chosen]}
            error={isTried && lacksModel ? t('newSession.modelMissing') : undefined}
            options={usable.map((model) => ({
              value: nameOf(model.manifest),
              label: local(model.manifest.title),
              help: modelHelp(model, t),
            }))}
            onChange={setChosen}
          />
        )
      ) : null}
      {forms.length < 2 ? null : (
        <SelectField
          label={t('newSession.form')}
          value={formKey}
          options={forms.map((each) => ({
            value: keyOf(each),
            label: t('newSession.titleAndVersion', { title: local(each.title), version: each.version }),
          }))}
          onChange={setFormKey}
        />
      )}
      {protocols.length < 2 ? null : (
        <SelectField
          label={t('newSession.protocol')}
          value={protocolKey}
          options={protocols.map((each) => ({
            value: keyOf(each),
            label: t('newSession.titleAndVersion', { title: local(each.title), version: each.version }),
          }))}
          onChange={setProtocolKey}
        />
      )}
      <div className="flow__actions">
        <Button type="submit" look="primary" size="large" icon="arrow-right" isBusy={isBusy}>
          {t('newSession.begin')}
        </Button>
      </div>
    </form>
  );
}

function modelHelp(model: ModelState, t: ReturnType<typeof useText>['t']): string {
  const { manifest, state } = model;
  return [
    t('newSession.version', { version: manifest.version }),
    t(`modelState.${state}`),
    ...(manifest.isDemonstration ? [t('newSession.demonstration')] : []),
  ].join(' · ');
}

/** Those of the settings that are here; else the only one there is. */
function preselected(usable: readonly ModelState[], settings: Settings): readonly string[] {
  const names = usable.map((model) => nameOf(model.manifest));
  const wanted = settings.defaultModels.map(nameOf).filter((name) => names.includes(name));
  return wanted.length > 0 ? wanted : names.slice(0, 1);
}

function referencesOf(usable: readonly ModelState[], chosen: readonly string[]): ModelReference[] {
  return usable
    .filter((model) => chosen.includes(nameOf(model.manifest)))
    .map(({ manifest }) => ({ name: manifest.name, version: manifest.version }));
}

function nameOf({ name, version }: ModelReference): string {
  return `${name} ${version}`;
}

function keyOf(definition: { readonly id: string; readonly version: string } | undefined): string {
  return definition === undefined ? '' : `${definition.id} ${definition.version}`;
}
