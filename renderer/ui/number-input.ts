/** A typed number with a comma or a point as decimal mark; the text itself when it is none; undefined when empty. */
export function parseNumberInput(text: string): number | string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  return /^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)$/u.test(trimmed) ? Number(trimmed.replace(',', '.')) : text;
}

export function formatNumberInput(value: number | string | undefined, language: string): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  return new Intl.NumberFormat(language, { useGrouping: false, maximumFractionDigits: 10 }).format(value);
}
