/** What a screen must never show; each fault as a line that says where. */
import type { Language } from '../../contract/localized.ts';

export interface ScreenRules {
  readonly language: Language;
  /** Nothing may scroll, neither the page nor a part of it. */
  readonly isFitted: boolean;
}

/** Runs in the page, so it stands alone. */
export function faultsOnScreen({ language, isFitted }: ScreenRules): string[] {
  const faults: string[] = [];
  const scope = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
  const isForReadersOnly = (element: Element | null): boolean =>
    element !== null &&
    (getComputedStyle(element).clipPath === 'inset(50%)' || isForReadersOnly(element.parentElement));
  const isSeen = (element: Element): boolean =>
    element.checkVisibility({ visibilityProperty: true }) && !isForReadersOnly(element);
  const nameOf = (element: Element): string => {
    const text = (element.getAttribute('aria-label') ?? element.textContent).trim().replaceAll(/\s+/gu, ' ');
    return `<${element.tagName.toLowerCase()} class="${element.getAttribute('class') ?? ''}"> ${text.slice(0, 60)}`;
  };
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth)
    faults.push(`the page scrolls sideways by ${root.scrollWidth - root.clientWidth} px`);

  // Bars that stay where they are while the rest passes under them.
  const bars = '.dialog__actions, .recording__controls';
  // Tables of numbers scroll inside themselves, and file inputs are hidden behind their button.
  const mayScrollSideways = '.table, .scroll-x';
  for (const element of scope.querySelectorAll<HTMLElement>('*')) {
    if (!isSeen(element)) continue;
    const style = getComputedStyle(element);
    const over = element.scrollWidth - element.clientWidth;
    const below = element.scrollHeight - element.clientHeight;
    const isBox = element.clientWidth > 0 && style.display !== 'inline';
    if (isBox && over > 1 && style.overflowX !== 'visible' && element.closest(mayScrollSideways) === null) {
      faults.push(`cut at the side by ${over} px (${style.overflowX}): ${nameOf(element)}`);
    }
    const scrolls = style.overflowY === 'auto' || style.overflowY === 'scroll';
    if (isBox && below > 1 && (style.overflowY === 'hidden' || style.overflowY === 'clip')) {
      faults.push(`cut at the bottom by ${below} px: ${nameOf(element)}`);
    }
    if (
      isFitted &&
      isBox &&
      scrolls &&
      below > 1 &&
      element.closest('.flow__rail, .recording__side') === null
    ) {
      faults.push(`scrolls by ${below} px: ${nameOf(element)}`);
    }
    const right = element.getBoundingClientRect().right;
    if (
      right > root.clientWidth + 1 &&
      element.closest(mayScrollSideways) === null &&
      element.children.length === 0
    ) {
      faults.push(`beyond the right edge by ${Math.round(right - root.clientWidth)} px: ${nameOf(element)}`);
    }
  }

  for (const control of scope.querySelectorAll<HTMLElement>(
    'a[href], button, input, select, textarea, summary',
  )) {
    if (!isSeen(control) || control.closest('[inert]') !== null) continue;
    const box = control.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const top = document.elementFromPoint(x, y);
    if (top === null || box.width === 0) continue;
    const scroller = control.parentElement?.closest(
      '.table, .flow__work, .shell__main, .recording__side, .dialog',
    );
    const shown = scroller?.getBoundingClientRect();
    if (shown !== undefined && (y < shown.top || y > shown.bottom || x < shown.left || x > shown.right))
      continue;
    const label = control.closest('label');
    // What scrolls passes under a bar that stays; the keyboard tests see to it that the focus does not.
    const isUnderBar = top.closest(bars) !== null && control.closest(bars) === null;
    if (!isUnderBar && !control.contains(top) && !(label?.contains(top) ?? false) && !top.contains(control)) {
      faults.push(`${nameOf(control)} lies under ${nameOf(top)}`);
    }
  }

  const hasOwnText = (element: Element): boolean =>
    [...element.childNodes].some(
      ({ nodeType, textContent }) => nodeType === Node.TEXT_NODE && textContent?.trim() !== '',
    );
  for (const element of scope.querySelectorAll<HTMLElement>('main *, dialog[open] *')) {
    if (!hasOwnText(element) || !isSeen(element)) continue;
    if (element.closest('.dialog__actions') === null && element.closest('dialog') !== null) continue;
    const box = element.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (top === null || top.contains(element) || element.contains(top)) continue;
    if (top.closest(`.table__head, ${bars}`) !== null || element.closest('.table') !== null) continue;
    const scroller = element.parentElement?.closest(
      '.flow, .flow__work, .shell__main, .recording__side, .recording__level, .reading',
    );
    const shown = scroller?.getBoundingClientRect();
    const y = box.y + box.height / 2;
    if (shown !== undefined && (y < shown.top || y > shown.bottom)) continue;
    faults.push(`${nameOf(element)} is covered by ${nameOf(top)}`);
  }
  for (const element of scope.querySelectorAll('.reading:not(.reading--tall, .reading--short)')) {
    const hidden = element.scrollHeight - element.clientHeight;
    if (hidden > 1) faults.push(`the patient does not see ${hidden} px of ${nameOf(element)}`);
  }

  const text = `${scope instanceof HTMLElement ? scope.innerText : ''}\n${document.title}`;
  const known = /^(?:spira\.ime\.usp\.br|ana\.lima|\S*\.(?:wav|csv|json|onnx|sqlite|md|ts|js))$/iu;
  for (const word of text.match(/(?<![\w/@.-])[a-z][A-Za-z-]*(?:\.[a-zA-Z][\w-]*)+/gu) ?? []) {
    if (!known.test(word)) faults.push(`a key stands on the screen: ${word}`);
  }
  const raw =
    /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{20,}|[0-9a-f]{40,}|\{[a-zA-Z]\w*\}|\bundefined\b|\bNaN\b|\bnull\b|\[object|\b[A-Z]+_[A-Z_]+\b|\b(?:MALE|FEMALE|PATIENT|AFTERCOVID|UNKNOWN|THIN|THICK|NURSERY)\b/gu;
  for (const word of text.match(raw) ?? []) faults.push(`raw text stands on the screen: ${word}`);
  if (root.lang !== language) faults.push(`the page says that it is in ${root.lang}`);
  return faults;
}
