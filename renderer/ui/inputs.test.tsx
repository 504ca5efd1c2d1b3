import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { Button, ChoiceField, StatusWord, TextField } from './index.ts';
import { dateInWords, formatDateInput, parseDateInput } from './date-input.ts';
import { formatNumberInput, parseNumberInput } from './number-input.ts';
import { targetOf } from './table/virtual-table.tsx';

describe('a typed number', () => {
  it.each([
    ['7,4', 7.4],
    ['7.4', 7.4],
    [' 12 ', 12],
    ['-3', -3],
    ['7,', 7],
    ['', undefined],
    ['  ', undefined],
    ['abc', 'abc'],
    ['1.000,5', '1.000,5'],
    ['1e3', '1e3'],
    ['0x10', '0x10'],
  ])('%j is read as %j', (text, value) => {
    expect(parseNumberInput(text)).toBe(value);
  });

  it('is shown with the mark of the language, without grouping', () => {
    expect(formatNumberInput(7.4, 'pt-BR')).toBe('7,4');
    expect(formatNumberInput(1234.5, 'en')).toBe('1234.5');
    expect(formatNumberInput(undefined, 'en')).toBe('');
    expect(formatNumberInput('abc', 'en')).toBe('abc');
  });
});

describe('a typed date', () => {
  it.each([
    ['21/11/2026', '2026-11-21'],
    ['1.2.2026', '2026-02-01'],
    ['21112026', '2026-11-21'],
    ['2026-11-21', '2026-11-21'],
    ['', undefined],
    ['31/02/2026', '31/02/2026'],
    ['11/21/2026', '11/21/2026'],
    ['21/11', '21/11'],
  ])('%j is read as %j', (text, value) => {
    expect(parseDateInput(text)).toBe(value);
  });

  it('is shown as it is typed and repeated in words', () => {
    expect(formatDateInput('2026-11-21')).toBe('21/11/2026');
    expect(formatDateInput('21/1')).toBe('21/1');
    expect(dateInWords('2026-11-21', 'pt-BR')).toBe('sábado, 21 de novembro de 2026');
  });
});

describe('the keys of a table', () => {
  it('move by row, by page and to the ends; other keys are left alone', () => {
    expect(
      ['ArrowDown', 'ArrowUp', 'PageDown', 'Home', 'End'].map((key) => targetOf(key, 5, 10, 50)),
    ).toEqual([6, 4, 15, 0, 49]);
    expect(targetOf('a', 5, 10, 50)).toBeUndefined();
  });
});

describe('controls', () => {
  it('tie help and fault to the input, and announce the fault', () => {
    const html = renderToStaticMarkup(
      <TextField label="L" help="H" error="E" value="" onChange={() => undefined} />,
    );
    const id = /<input id="([^"]+)"/u.exec(html)?.[1] ?? 'none';
    expect(html).toContain(`for="${id}"`);
    expect(html).toContain(`aria-describedby="${id}-help ${id}-error"`);
    expect(html).toContain('aria-invalid="true"');
    expect(html).toContain('role="alert"');
  });

  it('stay in reach when they are barred, and say that they are', () => {
    const html = renderToStaticMarkup(<Button isDisabled>{'B'}</Button>);
    expect(html).toContain('aria-disabled="true"');
    expect(html).not.toContain(' disabled');
  });

  it('give a group of choices its question as name', () => {
    const html = renderToStaticMarkup(
      <ChoiceField label="Q" value="a" options={[{ value: 'a', label: 'A' }]} onChange={() => undefined} />,
    );
    expect(html).toMatch(/<fieldset[^>]*role="radiogroup".*<legend/u);
    expect(html).toContain('checked=""');
  });

  it('say a state in a word; the icon is silent', () => {
    const html = renderToStaticMarkup(<StatusWord tone="danger" icon="alert" word="W" />);
    expect(html).toContain('aria-hidden="true"');
    expect(html).toContain('<span>W</span>');
  });
});
