/** Chromium with a microphone that plays a WAV file. */
import { join } from 'node:path';
import process from 'node:process';
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import { playIntoMicrophone, type Sound } from './sound.ts';

export interface Desk {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the microphone plays from its next start on. */
  play(sound: Sound): void;
  /** Resolves when the page has given back every microphone stream that it opened. */
  microphoneReleased(): Promise<void>;
  close(): Promise<void>;
}

export interface DeskOptions {
  readonly folder: string;
  readonly sound: Sound;
  readonly locale?: string;
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
  /** `refused`: the browser denies the microphone, as a user or an administrator would. `missing`: the PC has none. */
  readonly microphone?: 'granted' | 'refused' | 'missing';
}

export async function openDesk(options: DeskOptions): Promise<Desk> {
  const file = join(options.folder, 'microphone.wav');
  playIntoMicrophone(file, options.sound);
  const refused = options.microphone === 'refused';
  const browser = await chromium.launch({
    executablePath: process.env['SPIRA_BROWSER'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...(options.microphone === 'missing' ? [] : ['--use-fake-device-for-media-stream']),
      refused ? '--deny-permission-prompts' : '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${file}`,
    ],
  });
  const context = await browser.newContext({
    viewport: options.viewport ?? { width: 1280, height: 720 },
    ...(options.locale === undefined ? {} : { locale: options.locale }),
    ...(options.colorScheme === undefined ? {} : { colorScheme: options.colorScheme }),
  });
  await context.addInitScript(followTracks);
  const page = await context.newPage();
  waitForPaint(page);
  return {
    page,
    context,
    play: (sound) => playIntoMicrophone(file, sound),
    microphoneReleased: async () => {
      await page.waitForFunction(
        () => (window as WatchedWindow).openedTracks?.every((track) => track.readyState === 'ended') ?? true,
      );
    },
    close: () => browser.close(),
  };
}

/**
 * Chromium drops keys that are pressed before a document was painted for the first time. Nobody at a desk is that fast,
 * so a document counts as loaded here once it was painted.
 */
function waitForPaint(page: Page): void {
  const painted = async <T>(loaded: T): Promise<T> => {
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
    return loaded;
  };
  const { goto, reload } = page;
  page.goto = async (...options) => painted(await goto.apply(page, options));
  page.reload = async (...options) => painted(await reload.apply(page, options));
}

type WatchedWindow = Window & { openedTracks?: MediaStreamTrack[] };

/** Runs in the page: keeps the tracks that it gets, and changes nothing about them. */
function followTracks(): void {
  const media = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (media === undefined) return;
  const tracks: MediaStreamTrack[] = [];
  (window as WatchedWindow).openedTracks = tracks;
  const open = media.getUserMedia.bind(media);
  media.getUserMedia = async (constraints) => {
    const stream = await open(constraints);
    tracks.push(...stream.getTracks());
    return stream;
  };
}
