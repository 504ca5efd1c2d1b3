/** One take to look at and to listen to, with the model's evidence on its time axis. */
import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type RefObject,
} from 'react';
import type { SessionId, TakeId } from '../../contract/ids.ts';
import type { ProblemCode } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { Button, Notice } from '../ui/index.ts';
import { layEvidence, type EvidenceWindow } from './evidence-lanes.ts';
import { EvidenceCaption, EvidenceStrip, EvidenceTable } from './evidence-strip.tsx';
import { createPlayer, type Player, type PlayerState } from './player.ts';
import { loadTakeAudio } from './take-audio.ts';
import { useWaveColours } from './themed-colours.ts';
import { parseWav, type WavSamples } from './wav-samples.ts';
import './waveform.css';

/** For keys that work wherever the focus rests. */
export interface TakeControls {
  readonly playPause: () => void;
  readonly seekBy: (seconds: number) => void;
}

export interface TakeWaveformProps {
  readonly takeId: TakeId;
  /** The session at the registry whose take it is; absent: it lies on this PC. */
  readonly registrySession?: SessionId;
  /** Told when it can be played, and with null when it cannot any more. */
  readonly onControls?: (controls: TakeControls | null) => void;
  readonly durationS: number;
  readonly evidence?: readonly EvidenceWindow[];
  readonly thresholds?: { readonly positive: number; readonly negative: number };
  readonly showSpectrogram?: boolean;
  /** What is heard, for example the step's title. */
  readonly label?: string;
  /** Loads when asked to: listening to a stored take is noted in the audit trail. */
  readonly loadsOnDemand?: boolean;
}

type Loaded =
  | { readonly state: 'asleep' | 'loading' }
  | { readonly state: 'failed'; readonly code: ProblemCode }
  | { readonly state: 'ready'; readonly file: Uint8Array<ArrayBuffer>; readonly audio: WavSamples };

export function TakeWaveform(props: TakeWaveformProps) {
  // A take of its own per mount: nothing of the one before is shown for a moment.
  return <LoadedWaveform key={props.takeId} {...props} />;
}

function LoadedWaveform(props: TakeWaveformProps) {
  const { t } = useText();
  const [isWanted, setWanted] = useState(props.loadsOnDemand !== true);
  const { loaded, again } = useTakeAudio(props.takeId, props.registrySession, isWanted);
  switch (loaded.state) {
    case 'asleep':
      return (
        <div className="take-wave take-wave--asleep">
          <Button icon="audio" onClick={() => setWanted(true)}>
            {t('wave.load')}
          </Button>
        </div>
      );
    case 'loading':
      return (
        <div className="take-wave take-wave--asleep">
          <p className="muted">{t('common.loading')}</p>
        </div>
      );
    case 'failed':
      return (
        <Notice
          tone={loaded.code === 'take-on-registry' ? 'info' : 'danger'}
          title={t(`problem.${loaded.code}.what`)}
          actions={
            loaded.code === 'take-on-registry' ? undefined : (
              <Button icon="refresh" onClick={again}>
                {t('common.retry')}
              </Button>
            )
          }
        >
          {t(`problem.${loaded.code}.do`)}
        </Notice>
      );
    case 'ready':
      return <ReadyWaveform {...props} file={loaded.file} audio={loaded.audio} />;
    default:
      return loaded satisfies never;
  }
}

function useTakeAudio(takeId: TakeId, registrySession: SessionId | undefined, isWanted: boolean) {
  const [loaded, setLoaded] = useState<Loaded>({ state: isWanted ? 'loading' : 'asleep' });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (!isWanted) return undefined;
    let isCurrent = true;
    void loadTakeAudio(call, takeId, registrySession).then((result) => {
      if (!isCurrent) return;
      const audio = result.ok ? parseWav(result.value) : undefined;
      if (result.ok && audio !== undefined && audio.samples.length > 0) {
        setLoaded({ state: 'ready', file: result.value, audio });
      } else setLoaded({ state: 'failed', code: result.ok ? 'take-damaged' : result.problem.code });
    });
    return () => {
      isCurrent = false;
    };
  }, [takeId, registrySession, isWanted, attempt]);
  const again = (): void => {
    setLoaded({ state: 'loading' });
    setAttempt((count) => count + 1);
  };
  const shown: Loaded = isWanted && loaded.state === 'asleep' ? { state: 'loading' } : loaded;
  return { loaded: shown, again };
}

function ReadyWaveform(
  props: TakeWaveformProps & { readonly file: Uint8Array<ArrayBuffer>; readonly audio: WavSamples },
) {
  const { audio, thresholds, evidence, showSpectrogram = false } = props;
  const { t, format } = useText();
  const waveRef = useRef<HTMLDivElement>(null);
  const spectrogramRef = useRef<HTMLDivElement>(null);
  const { player, state } = usePlayer(props, waveRef, spectrogramRef);
  const [selected, setSelected] = useState<number>();
  const { onControls } = props;
  const atS = useRef(0);
  useEffect(() => {
    atS.current = state.atS;
  }, [state.atS]);
  useEffect(() => {
    onControls?.({
      playPause: () => player.current?.playPause(),
      seekBy: (seconds) => player.current?.seek(atS.current + seconds),
    });
    return () => onControls?.(null);
  }, [onControls, player]);
  const durationS = audio.samples.length / audio.sampleRateHz;
  const lanes = useMemo(
    () =>
      evidence === undefined || evidence.length === 0
        ? undefined
        : layEvidence(evidence, thresholds === undefined ? [] : [thresholds.positive, thresholds.negative]),
    [evidence, thresholds],
  );
  const shaded = selected === undefined ? undefined : lanes?.windows[selected];
  const time = `${preciseClock(state.atS)} / ${preciseClock(durationS)}`;
  const playWord = state.isPlaying ? t('wave.pause') : t('wave.play');

  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Partial<Record<string, number>> = {
      ArrowRight: state.atS + (event.shiftKey ? 0.1 : 1),
      ArrowLeft: state.atS - (event.shiftKey ? 0.1 : 1),
      Home: 0,
      End: durationS,
    };
    const to = steps[event.key];
    if (to !== undefined) {
      event.preventDefault();
      player.current?.seek(to);
    } else if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      player.current?.playPause();
    }
  };

  return (
    <div className="take-wave">
      <div className="take-wave__controls">
        <Button
          icon={state.isPlaying ? 'pause' : 'play'}
          onClick={() => player.current?.playPause()}
          {...(props.label === undefined ? {} : { label: `${playWord}: ${props.label}` })}
        >
          {playWord}
        </Button>
        <span className="take-wave__time">{time}</span>
      </div>
      <div className="take-wave__axis">
        <div
          className="take-wave__wave"
          role="slider"
          tabIndex={0}
          aria-label={t('wave.position')}
          aria-valuemin={0}
          aria-valuemax={Math.round(durationS * 10) / 10}
          aria-valuenow={Math.round(state.atS * 10) / 10}
          aria-valuetext={t('wave.positionOf', {
            at: format.seconds(state.atS),
            duration: format.seconds(durationS),
          })}
          onKeyDown={onKeyDown}
        >
          <div ref={waveRef} />
          {shaded === undefined ? null : (
            <div
              className="take-wave__shade"
              style={{
                left: `${(shaded.startS / durationS) * 100}%`,
                width: `${((Math.min(shaded.endS, durationS) - shaded.startS) / durationS) * 100}%`,
              }}
            />
          )}
        </div>
        {showSpectrogram ? (
          <div className="take-wave__spectrogram" role="img" aria-label={t('wave.spectrogram')}>
            <div ref={spectrogramRef} />
            <span className="take-wave__unit">{t('wave.spectrogramRange')}</span>
          </div>
        ) : null}
        {lanes === undefined ? null : (
          <EvidenceStrip
            lanes={lanes}
            durationS={durationS}
            thresholds={thresholds}
            atS={state.atS}
            selected={selected}
            onSelect={setSelected}
            onPlay={(window) => player.current?.play(window.startS, window.endS)}
          />
        )}
        <div
          className="take-wave__cursor"
          style={{ left: `${Math.min(100, (state.atS / durationS) * 100)}%` }}
        />
      </div>
      {lanes === undefined ? null : (
        <>
          <EvidenceCaption lanes={lanes} thresholds={thresholds} selected={selected} />
          <EvidenceTable lanes={lanes} thresholds={thresholds} />
        </>
      )}
    </div>
  );
}

function usePlayer(
  props: {
    readonly file: Uint8Array<ArrayBuffer>;
    readonly audio: WavSamples;
    readonly showSpectrogram?: boolean;
  },
  waveRef: RefObject<HTMLDivElement | null>,
  spectrogramRef: RefObject<HTMLDivElement | null>,
) {
  const { file, audio, showSpectrogram } = props;
  const player = useRef<Player | undefined>(undefined);
  const [state, setState] = useState<PlayerState>({ isPlaying: false, atS: 0 });
  const colours = useWaveColours();
  const firstColours = useRef(colours);
  useLayoutEffect(() => {
    const container = waveRef.current;
    if (container === null) return undefined;
    const made = createPlayer({ container, file, audio, colours: firstColours.current, changed: setState });
    player.current = made;
    if (showSpectrogram === true && spectrogramRef.current !== null) {
      void made.showSpectrogram(spectrogramRef.current);
    }
    return () => {
      player.current = undefined;
      made.destroy();
    };
  }, [file, audio, showSpectrogram, waveRef, spectrogramRef]);
  useEffect(() => {
    if (firstColours.current === colours) return;
    firstColours.current = colours;
    player.current?.recolour(colours);
  }, [colours]);
  return { player, state };
}

/** Minutes, seconds and tenths: 0:07.4. */
function preciseClock(seconds: number): string {
  const tenths = Math.max(0, Math.floor(seconds * 10 + 1e-6));
  const whole = Math.floor(tenths / 10);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}.${tenths % 10}`;
}
