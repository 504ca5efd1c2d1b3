/** A model's card (plain Markdown) as blocks of text. Nothing in it is ever treated as markup or followed as a link. */
export type CardBlock =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'table'; readonly rows: readonly (readonly string[])[] };

export function cardBlocks(card: string): readonly CardBlock[] {
  const blocks: CardBlock[] = [];
  for (const part of card.replaceAll('\r\n', '\n').split(/\n\s*\n/u)) {
    let lines = part.split('\n').filter((line) => line.trim() !== '');
    while (lines.length > 0) {
      const [block, used] = firstBlock(lines);
      blocks.push(block);
      lines = lines.slice(used);
    }
  }
  return blocks;
}

function firstBlock(lines: readonly string[]): readonly [CardBlock, number] {
  const heading = /^#{1,6}\s+(.*)$/u.exec(lines[0] ?? '');
  if (heading !== null) return [{ kind: 'heading', text: plain(heading[1] ?? '') }, 1];
  const items = run(lines, (line) => /^\s*(?:[-*+]|\d+\.)\s+/u.test(line) || /^\s{2,}\S/u.test(line));
  if (items.length > 0 && /^\s*(?:[-*+]|\d+\.)\s+/u.test(items[0] ?? '')) {
    return [{ kind: 'list', items: joinItems(items) }, items.length];
  }
  const rows = run(lines, (line) => line.trim().startsWith('|'));
  if (rows.length > 0) {
    const cells = rows
      .filter((row) => !/^[\s|:-]+$/u.test(row))
      .map((row) =>
        row
          .trim()
          .replace(/^\||\|$/gu, '')
          .split('|')
          .map((cell) => plain(cell.trim())),
      );
    return [{ kind: 'table', rows: cells }, rows.length];
  }
  const paragraph = run(lines, (line) => !/^(?:#{1,6}\s|\s*[-*+]\s|\|)/u.test(line));
  const used = Math.max(1, paragraph.length);
  return [
    {
      kind: 'paragraph',
      text: plain(
        lines
          .slice(0, used)
          .map((line) => line.trim())
          .join(' '),
      ),
    },
    used,
  ];
}

function run(lines: readonly string[], belongs: (line: string) => boolean): readonly string[] {
  const end = lines.findIndex((line) => !belongs(line));
  return end === -1 ? lines : lines.slice(0, end);
}

function joinItems(lines: readonly string[]): readonly string[] {
  const items: string[] = [];
  for (const line of lines) {
    const item = /^\s*(?:[-*+]|\d+\.)\s+(.*)$/u.exec(line);
    if (item === null) items.push(`${items.pop() ?? ''} ${line.trim()}`);
    else items.push(item[1] ?? '');
  }
  return items.map(plain);
}

/** Without the marks for emphasis and code. */
function plain(text: string): string {
  return text.replaceAll(/\*\*|__|`/gu, '').trim();
}
