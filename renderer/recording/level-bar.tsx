/** The level as a bar, a held peak and a word; the word carries the meaning. */
import { memo } from 'react';
import { levelWord, type Level, type LevelLimits, type LevelWord } from '../audio/level.ts';
import { useMicrophone } from '../audio/microphone-store.ts';
import { useText } from '../i18n/index.ts';
import { StatusWord, type IconName, type Tone } from '../ui/index.ts';
import './recording.css';

const lowestShownDbfs = -60;

const looks: Record<LevelWord, { readonly tone: Tone; readonly icon: IconName }> = {
  silent: { tone: 'neutral', icon: 'microphone-off' },
  quiet: { tone: 'warning', icon: 'arrow-down' },
  good: { tone: 'success', icon: 'check' },
  loud: { tone: 'warning', icon: 'arrow-up' },
  clipped: { tone: 'danger', icon: 'alert' },
};

export function LevelBar({ limits }: { readonly limits?: LevelLimits }) {
  const level = useMicrophone((state) => state.level);
  const word = levelWord(level, limits);
  return (
    <div className="level">
      <div className={`level__track level__track--${word}`} aria-hidden="true">
        <div className="level__fill" style={{ transform: `scaleX(${share(level.rmsDbfs)})` }} />
        <div className="level__peak" style={{ left: `${share(level.heldPeakDbfs) * 100}%` }} />
      </div>
      <div className="level__word">
        <LevelWordText word={word} />
        <Decibels level={level} />
      </div>
    </div>
  );
}

const LevelWordText = memo(function LevelWordText({ word }: { readonly word: LevelWord }) {
  const { t } = useText();
  return <StatusWord {...looks[word]} word={t(`recording.level.${word}`)} />;
});

function Decibels({ level }: { readonly level: Level }) {
  const { t } = useText();
  const peak = Math.round(level.heldPeakDbfs);
  return (
    <span className="muted small" aria-hidden="true">
      {peak <= lowestShownDbfs ? '' : t('recording.level.peak', { peak })}
    </span>
  );
}

function share(levelDbfs: number): number {
  return Math.min(1, Math.max(0, (levelDbfs - lowestShownDbfs) / -lowestShownDbfs));
}
