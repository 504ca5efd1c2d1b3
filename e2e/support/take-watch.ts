/** What the page has sent of a take and what was acknowledged, seen from outside. */
import { expect, type Page, type Request } from '@playwright/test';

export interface TakeWatch {
  /** Seconds of audio whose chunks `main` has answered. */
  acknowledgedS(): number;
  /** Seconds since the first sample of the take. */
  spokenS(): number;
}

const sampleRateHz = 44_100;

/** To be called before the take starts. */
export function watchTake(page: Page): TakeWatch {
  let frames = 0;
  let startedAtMs: number | undefined;
  const framesOf = (request: Request): number => {
    const body = request.postDataJSON() as { readonly pcm: string };
    return Buffer.from(body.pcm, 'base64').length / 2;
  };
  const isAppend = (request: Request): boolean => request.url().endsWith('/api/recording.append');
  page.on('request', (request) => {
    if (isAppend(request)) startedAtMs ??= Date.now() - (framesOf(request) / sampleRateHz) * 1000;
  });
  page.on('requestfinished', (request) => {
    if (isAppend(request)) frames += framesOf(request);
  });
  return {
    acknowledgedS: () => frames / sampleRateHz,
    spokenS: () => (startedAtMs === undefined ? 0 : (Date.now() - startedAtMs) / 1000),
  };
}

/** Starts a take of the step that is shown with the key that the clinician uses. */
export async function startTake(page: Page): Promise<void> {
  await expect(page.locator('.recording__state')).toHaveText('Ready');
  await page.keyboard.press('Space');
  await expect(page.locator('.recording__state')).toHaveText('Recording');
}

export async function spoken(watch: TakeWatch, seconds: number): Promise<void> {
  await expect.poll(() => watch.acknowledgedS(), { intervals: [20] }).toBeGreaterThanOrEqual(seconds);
}
