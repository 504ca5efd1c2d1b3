/** wavesurfer.js behind the few words that the pages need, and within the content security policy. */
import WaveSurfer from 'wavesurfer.js';
import type { WaveColours } from './themed-colours.ts';
import type { WavSamples } from './wav-samples.ts';

export const waveHeightPx = 96;
export const spectrogramHeightPx = 128;

export interface PlayerState {
  readonly isPlaying: boolean;
  readonly atS: number;
}

export interface Player {
  readonly playPause: () => void;
  readonly play: (fromS: number, toS: number) => void;
  readonly seek: (toS: number) => void;
  readonly recolour: (colours: WaveColours) => void;
  readonly showSpectrogram: (container: HTMLElement) => Promise<void>;
  readonly destroy: () => void;
}

export interface PlayerParts {
  readonly container: HTMLElement;
  readonly file: Uint8Array<ArrayBuffer>;
  readonly audio: WavSamples;
  readonly colours: WaveColours;
  readonly changed: (state: PlayerState) => void;
}

/** Quiet recordings are drawn larger, up to this, so that there is something to see; the verdict speaks of levels. */
const largestZoom = 6;

export function createPlayer({ container, file, audio, colours, changed }: PlayerParts): Player {
  const { samples, sampleRateHz } = audio;
  const durationS = samples.length / sampleRateHz;
  // Built apart from the document: a <style> element would be refused by `style-src 'self'` when it is attached, the
  // same rules as a constructed sheet are not.
  const host = document.createElement('div');
  const wave = WaveSurfer.create({
    container: host,
    height: waveHeightPx,
    waveColor: colours.wave,
    progressColor: colours.played,
    // The page draws its own, through all rows of the axis.
    cursorWidth: 0,
    barHeight: Math.min(largestZoom, 0.95 / Math.max(0.01, peakOf(samples))),
    dragToSeek: true,
    hideScrollbar: true,
    autoScroll: false,
    autoCenter: false,
  });
  adoptStyles(wave.getWrapper().getRootNode());
  container.append(host);

  const stopFollowing = followWidth(wave, host);

  const tell = (): void => changed({ isPlaying: wave.isPlaying(), atS: wave.getCurrentTime() });
  for (const event of ['play', 'pause', 'finish', 'timeupdate', 'seeking', 'ready'] as const) {
    wave.on(event, tell);
  }
  const isGone = (): boolean => !host.isConnected;
  void wave
    .loadBlob(new Blob([file], { type: 'audio/wav' }), [samples], durationS)
    .catch((cause: unknown) => {
      if (!isGone()) console.error('A take could not be drawn.', cause);
    });
  const quietly = (playing: Promise<void>): void => void playing.catch(() => undefined);
  return {
    playPause: () => quietly(wave.playPause()),
    play: (fromS, toS) => quietly(wave.play(fromS, toS)),
    seek: (toS) => wave.setTime(Math.min(durationS, Math.max(0, toS))),
    recolour: (next) => wave.setOptions({ waveColor: next.wave, progressColor: next.played }),
    async showSpectrogram(spectrogramContainer) {
      const { default: Spectrogram } = await import('wavesurfer.js/plugins/spectrogram');
      if (isGone()) return;
      wave.registerPlugin(
        Spectrogram.create({
          container: spectrogramContainer,
          height: spectrogramHeightPx,
          labels: false,
          fftSamples: 512,
          frequencyMax: Math.min(8000, sampleRateHz / 2),
          scale: 'mel',
          autoGain: true,
          rangeDB: 70,
          colorMap: 'roseus',
          useWebWorker: false,
        }),
      );
    },
    destroy() {
      stopFollowing();
      wave.destroy();
      host.remove();
    },
  };
}

/**
 * Draws again, the spectrogram too, as soon as `host` has another width than the drawing. wavesurfer's own observer
 * waits and compares with the width of the last change that it saw itself: a window that goes back to it meanwhile,
 * after new colours were drawn at another width, would keep a drawing that is cut and off the time axis.
 * @returns what ends it.
 */
function followWidth(wave: WaveSurfer, host: HTMLElement): () => void {
  let drawnPx: number | undefined;
  wave.on('redraw', () => {
    drawnPx = host.clientWidth;
  });
  const observer = new ResizeObserver(() => {
    const isShown = host.clientWidth > 0;
    if (isShown && drawnPx !== undefined && host.clientWidth !== drawnPx) wave.setOptions({});
  });
  observer.observe(host);
  return () => observer.disconnect();
}

function adoptStyles(root: Node): void {
  if (!(root instanceof ShadowRoot)) return;
  const sheets = [...root.querySelectorAll('style')].map((style) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style.textContent);
    style.remove();
    return sheet;
  });
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, ...sheets];
}

function peakOf(samples: Float32Array): number {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return peak;
}
