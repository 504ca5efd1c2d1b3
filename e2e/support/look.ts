/** Every page in every language, theme, size and zoom: a picture of each, and what no picture may show. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type CDPSession, type Page } from '@playwright/test';
import { languages, type Language } from '../../contract/localized.ts';
import type { Bedside } from './bedside.ts';
import { faultsOnScreen, type ScreenRules } from './screen-faults.ts';

const project = resolve(import.meta.dirname, '../..');
const pictures = resolve(project, 'build/e2e/screenshots');
/** The one picture that the documentation shows. */
const shownInDocs = { name: 'new-vowel-recording.en.light.1280x720', copy: 'docs/images/workstation.png' };

export const themes = ['light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** Window sizes in device pixels; at 200 % the page has half as many CSS pixels, as with the browser's own zoom. */
const windows = [
  { name: '1280x720', width: 1280, height: 720, zoom: 1 },
  { name: '1920x1080', width: 1920, height: 1080, zoom: 1 },
  { name: '1280x720-200', width: 1280, height: 720, zoom: 2 },
  { name: '1920x1080-200', width: 1920, height: 1080, zoom: 2 },
] as const;

export interface LookOptions {
  /** A page at the bedside: nothing scrolls at 1280x720, and large. */
  readonly fitsWindow?: boolean;
  /** How language and theme change; by the account's settings unless another way is given. */
  readonly change?: (language: Language, theme: Theme) => Promise<void>;
  /** What must be on the screen before it is looked at; seen to again in each window. */
  readonly ready?: () => Promise<void>;
}

export interface Photographer {
  /** `page` names the pictures: `<page>.<language>.<theme>.<window>.png`. */
  look(page: string, options?: LookOptions): Promise<void>;
}

export async function photographer(bedside: Bedside): Promise<Photographer> {
  mkdirSync(pictures, { recursive: true });
  const { page } = bedside;
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const cdp = await page.context().newCDPSession(page);
  const byAccount = async (language: Language, theme: Theme): Promise<void> => {
    await bedside.must('settings.appearance', { language, theme });
  };
  return {
    look: async (name, { fitsWindow = false, change = byAccount, ready } = {}) => {
      for (const language of languages) {
        for (const theme of themes) {
          await change(language, theme);
          await expect(page.locator('html')).toHaveAttribute('lang', language);
          await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
          await ready?.();
          for (const window of windows) {
            await resize(page, cdp, window);
            await ready?.();
            const picture = `${name}.${language}.${theme}.${window.name}`;
            const isFitted = fitsWindow && window.zoom === 1;
            await expectFaultless(page, picture, { language, isFitted });
            await photograph(cdp, picture);
          }
          await resize(page, cdp, windows[0]);
          if (language === 'en') await expectAccessible(page, `${name}, ${theme}`);
        }
      }
    },
  };
}

async function resize(page: Page, cdp: CDPSession, { width, height, zoom }: (typeof windows)[number]) {
  await cdp.send('Emulation.setDeviceMetricsOverride', {
    width: width / zoom,
    height: height / zoom,
    deviceScaleFactor: zoom,
    mobile: false,
  });
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
}

async function photograph(cdp: CDPSession, name: string): Promise<void> {
  const { data } = await cdp.send('Page.captureScreenshot', { format: 'png', optimizeForSpeed: true });
  const path = resolve(pictures, `${name}.png`);
  writeFileSync(path, Buffer.from(data, 'base64'));
  if (name === shownInDocs.name && process.env['SPIRA_UPDATE_IMAGES'] === '1') {
    mkdirSync(resolve(project, 'docs/images'), { recursive: true });
    copyFileSync(path, resolve(project, shownInDocs.copy));
  }
}

/** Every picture is taken, whatever is wrong with the one before. */
const softly = expect.configure({ soft: true });

/** Waveforms are drawn anew a moment after the window has changed, so a fault has to last to count. */
async function expectFaultless(page: Page, picture: string, rules: ScreenRules): Promise<void> {
  await softly
    .poll(() => page.evaluate(faultsOnScreen, rules), { message: picture, timeout: 15_000 })
    .toEqual([]);
}

async function expectAccessible(page: Page, what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
  expect.soft(found, what).toEqual([]);
}
