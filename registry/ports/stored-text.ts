/**
 * Text as every store keeps it: a lone surrogate has no UTF-8, and PostgreSQL has no U+0000, so both become U+FFFD
 * wherever the registry runs. Applied to what is written and to what is looked for.
 */
export function storedText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed;
}

/** Order of the texts' UTF-8 bytes, which is the order of code points and every store's order. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const [a, b] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (a !== b) return codePointRank(a) - codePointRank(b);
  }
  return left.length - right.length;
}

/** UTF-16 puts surrogates (U+10000 and above) before U+E000; code points come the other way round. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit;
}
