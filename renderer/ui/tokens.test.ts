import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
const light = tokensOf(css.slice(css.indexOf(':root {'), css.indexOf(":root[data-theme='dark']")));
const dark = { ...light, ...tokensOf(css.slice(css.indexOf(":root[data-theme='dark']"))) };

function tokensOf(block: string): Record<string, string> {
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/giu)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
}

/** WCAG 2.2, relative luminance and contrast ratio. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const backgrounds = ['color-page', 'color-surface', 'color-sunken'];
const textPairs: readonly (readonly [string, string])[] = [
  ...['color-text', 'color-muted', 'color-accent', 'color-danger', 'color-warning', 'color-success'].flatMap(
    (text) => backgrounds.map((background) => [text, background] as const),
  ),
  ...['accent', 'danger', 'warning', 'success'].flatMap((tone) => [
    [`color-${tone}`, `color-${tone}-soft`] as const,
    ['color-text', `color-${tone}-soft`] as const,
    ['color-muted', `color-${tone}-soft`] as const,
  ]),
  ['color-on-accent', 'color-accent'],
  ['color-on-danger', 'color-danger'],
];
const controlPairs: readonly (readonly [string, string])[] = [
  ...['color-control', 'color-focus', 'color-wave', 'color-wave-played', 'color-evidence'].flatMap(
    (control) => ['color-page', 'color-surface'].map((background) => [control, background] as const),
  ),
];

describe.each([
  ['light', light],
  ['dark', dark],
])('the %s theme', (_name, tokens) => {
  const ratio = ([front, back]: readonly [string, string]): number =>
    contrast(tokens[front] ?? '#000000', tokens[back] ?? '#000000');

  it('has text at 4.5:1 or more on everything it stands on', () => {
    const weak = textPairs.filter((pair) => ratio(pair) < 4.5).map((pair) => [...pair, ratio(pair)]);
    expect(weak).toEqual([]);
  });

  it('has controls and waveforms at 3:1 or more', () => {
    const weak = controlPairs.filter((pair) => ratio(pair) < 3).map((pair) => [...pair, ratio(pair)]);
    expect(weak).toEqual([]);
  });
});

describe('the tokens', () => {
  it('define every colour for the dark theme too', () => {
    const inDark = tokensOf(css.slice(css.indexOf(":root[data-theme='dark']")));
    expect(Object.keys(inDark).sort()).toEqual(Object.keys(light).sort());
  });

  it('keep to five type sizes', () => {
    expect(css.match(/--text-[a-z]+:/gu)).toHaveLength(5);
  });
});
