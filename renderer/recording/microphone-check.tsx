/** Before a patient speaks: which microphone, how loud, how it sounds. What is recorded here stays in this page. */
import { useEffect, useRef, useState } from 'react';
import { listenToMicrophone, reopenMicrophone, useMicrophone } from '../audio/microphone-store.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { change, useDesk, withSettings } from '../state/desk.ts';
import { Button, Notice, SelectField } from '../ui/index.ts';
import { LevelBar } from './level-bar.tsx';
import { MicrophoneNotices } from './microphone-notices.tsx';
import { SoundCheckRecording, soundCheckS, type SoundCheck } from './sound-check.ts';
import { useHeldMicrophone } from './use-held-microphone.ts';
import './recording.css';

const systemDefault = '';

export function MicrophoneCheck({ onDone }: { readonly onDone?: () => void }) {
  const { t } = useText();
  useHeldMicrophone();
  const isOpen = useMicrophone((view) => view.state.status === 'open');
  return (
    <div className="stack">
      <DeviceChoice />
      <MicrophoneNotices />
      {isOpen ? (
        <>
          <div className="stack stack--tight">
            <p>{t('microphone.speak')}</p>
            <LevelBar />
          </div>
          <SoundTest />
        </>
      ) : (
        <MicrophoneOpening />
      )}
      {onDone === undefined ? null : (
        <div className="row row--end">
          <Button look="primary" size="large" icon="arrow-right" onClick={onDone} isDisabled={!isOpen}>
            {t('recording.continue')}
          </Button>
        </div>
      )}
    </div>
  );
}

function MicrophoneOpening() {
  const { t } = useText();
  const status = useMicrophone((view) => view.state.status);
  return status === 'fault' ? null : <p className="muted">{t('microphone.opening')}</p>;
}

function DeviceChoice() {
  const { t } = useText();
  const labels = useMicrophone((view) => view.labels);
  const preferred = useDesk((desk) => desk.app?.settings.preferredMicrophone ?? null);
  const state = useMicrophone((view) => view.state);
  const known = preferred === null || labels.includes(preferred) ? labels : [...labels, preferred];
  const choose = async (label: string): Promise<void> => {
    const preferredMicrophone = label === systemDefault ? null : label;
    void reopenMicrophone(preferredMicrophone);
    const saved = await call('settings.microphone', { preferredMicrophone });
    if (saved.ok) change(withSettings, saved.value);
  };
  return (
    <SelectField
      label={t('microphone.device')}
      help={state.status === 'open' ? t('microphone.inUse', { label: state.device.label }) : undefined}
      value={preferred ?? systemDefault}
      options={[
        { value: systemDefault, label: t('microphone.systemDefault') },
        ...known.map((label) => ({
          value: label,
          label: labels.includes(label) ? label : t('microphone.notConnected', { label }),
        })),
      ]}
      onChange={(label) => void choose(label)}
    />
  );
}

function SoundTest() {
  const { t, format } = useText();
  const { check, progress, start } = useSoundCheck();
  const isRecording = progress !== undefined;
  return (
    <div className="stack stack--tight sound-test">
      <div className="row">
        <Button icon="microphone" isBusy={isRecording} onClick={start}>
          {check === undefined ? t('microphone.test') : t('microphone.testAgain')}
        </Button>
        {check === undefined ? null : <PlayBack file={check.file} />}
        <span className="muted small" role="status">
          {isRecording
            ? t('microphone.testing', { left: format.seconds(Math.ceil(soundCheckS * (1 - progress)), 0) })
            : t('microphone.neverSent')}
        </span>
      </div>
      {check === undefined ? null : (
        <Notice
          tone={check.word === 'good' || check.word === 'loud' ? 'success' : 'warning'}
          title={t(`microphone.verdict.${check.word}.what`)}
          isLive
        >
          {t(`microphone.verdict.${check.word}.do`)}
        </Notice>
      )}
    </div>
  );
}

function useSoundCheck() {
  const [check, setCheck] = useState<SoundCheck>();
  const [progress, setProgress] = useState<number>();
  const stop = useRef<() => void>(undefined);
  useEffect(() => () => stop.current?.(), []);
  const start = (): void => {
    const { state } = useMicrophone.getState();
    if (state.status !== 'open') return;
    stop.current?.();
    const recording = new SoundCheckRecording(state.sampleRateHz);
    setProgress(0);
    const unsubscribe = listenToMicrophone((block) => {
      const done = recording.push(block);
      setProgress(done === undefined ? recording.progress : undefined);
      if (done === undefined) return;
      unsubscribe();
      setCheck(done);
    });
    const unfollow = useMicrophone.subscribe((view) => {
      if (view.state.status === 'open') return;
      stop.current?.();
    });
    stop.current = () => {
      unsubscribe();
      unfollow();
      setProgress(undefined);
    };
  };
  return { check, progress, start };
}

function PlayBack({ file }: { readonly file: Uint8Array<ArrayBuffer> }) {
  const { t } = useText();
  const ref = useRef<HTMLAudioElement>(null);
  const [isPlaying, setPlaying] = useState(false);
  useEffect(() => {
    const audio = ref.current;
    if (audio === null) return undefined;
    const url = URL.createObjectURL(new Blob([file], { type: 'audio/wav' }));
    audio.src = url;
    return () => {
      audio.removeAttribute('src');
      URL.revokeObjectURL(url);
    };
  }, [file]);
  const toggle = (): void => {
    const audio = ref.current;
    if (audio === null) return;
    if (audio.paused) void audio.play().catch(() => undefined);
    else audio.pause();
  };
  return (
    <>
      <audio
        ref={ref}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setPlaying(false)}
      />
      <Button icon={isPlaying ? 'pause' : 'play'} onClick={toggle}>
        {isPlaying ? t('wave.pause') : t('microphone.listen')}
      </Button>
    </>
  );
}
