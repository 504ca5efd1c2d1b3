import { expect, test } from '@playwright/test';
import process from 'node:process';
import { chromium } from '@playwright/test';
import { faultsOnScreen } from './support/screen-faults.ts';

const whole = '<main><h1>Nova sessão</h1><p>Tudo certo, versão 1.0.0.</p><button>Começar</button></main>';
const planted: readonly { readonly what: string; readonly html: string; readonly fault: RegExp }[] = [
  {
    what: 'a key instead of its text',
    html: '<p>detail.missingNone</p>',
    fault: /a key stands on the screen/u,
  },
  {
    what: 'an argument that was not filled in',
    html: '<p>Score {score}</p>',
    fault: /raw text .* \{score\}/u,
  },
  { what: 'an id', html: '<p>019f2c3a-1b2c-7d3e-8f4a-5b6c7d8e9f00</p>', fault: /raw text/u },
  { what: 'a value of the form', html: '<p>RESPIRATORY_INSUFFICIENCY</p>', fault: /raw text/u },
  {
    what: 'a page wider than its window',
    html: '<div style="width:3000px">wide</div>',
    fault: /scrolls sideways/u,
  },
  {
    what: 'a text that is cut off',
    html: '<p style="width:40px;overflow:hidden;white-space:nowrap">a long sentence</p>',
    fault: /cut at the side/u,
  },
  {
    what: 'a button under another one',
    html: '<button style="position:fixed;inset:9px auto auto 9px">A</button><button style="position:fixed;inset:9px auto auto 9px">B</button>',
    fault: /lies under/u,
  },
  {
    what: 'a text under a button',
    html: '<p style="position:fixed;margin:0;inset:9px auto auto 9px">A</p><button style="position:fixed;inset:5px auto auto 5px">BBBB</button>',
    fault: /is covered by/u,
  },
  {
    what: 'a text for the patient that does not fit',
    html: '<div class="reading" style="height:20px;overflow:auto"><p>one</p><p>two</p><p>three</p></div>',
    fault: /the patient does not see/u,
  },
];

test('the look at the pages finds what it looks for, and nothing on a page without faults', async () => {
  const browser = await chromium.launch({
    executablePath: process.env['SPIRA_BROWSER'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const page = await browser.newPage();
  const faultsOf = async (html: string): Promise<string[]> => {
    await page.setContent(`<html lang="pt-BR"><title>SPIRA</title><body>${html}</body></html>`);
    return page.evaluate(faultsOnScreen, { language: 'pt-BR', isFitted: true } as const);
  };
  expect(await faultsOf(whole)).toEqual([]);
  for (const { what, html, fault } of planted) {
    expect((await faultsOf(whole.replace('</main>', `${html}</main>`))).join('\n'), what).toMatch(fault);
  }
  await browser.close();
});
