/** Hands on the keyboard alone: what cannot be reached with Tab and the arrows cannot be done here. */
import { expect, type Locator, type Page } from '@playwright/test';

/** More stops than any page has between one control and the next. */
const mostStops = 60;

export interface Keyboard {
  /** Moves the focus with Tab, or backwards, until it rests on the control. */
  moveTo(control: Locator, direction?: 'forwards' | 'backwards'): Promise<void>;
  /** Moves to a field and replaces what is in it. */
  write(field: Locator, text: string): Promise<void>;
  /** Moves into a group of radio buttons and chooses one with the arrow keys. */
  choose(group: Locator, option: string): Promise<void>;
  /** Moves to a list and types the beginning of an entry. */
  pick(list: Locator, entry: string): Promise<void>;
  /** Moves to a button or link and presses Enter. */
  press(control: Locator, direction?: 'forwards' | 'backwards'): Promise<void>;
  /** Moves to a tick box and presses Space. */
  tick(box: Locator): Promise<void>;
  key(name: string): Promise<void>;
}

export function keyboardOf(page: Page): Keyboard {
  const moveTo = async (
    control: Locator,
    direction: 'forwards' | 'backwards' = 'forwards',
  ): Promise<void> => {
    await expect(control).toBeVisible();
    const passed: string[] = [];
    for (let stop = 0; stop <= mostStops; stop += 1) {
      if (await hasFocus(control)) {
        expect(
          await control.evaluate(isInSight),
          `${control.toString()} has the focus, but out of sight`,
        ).toBe(true);
        return;
      }
      await page.keyboard.press(direction === 'forwards' ? 'Tab' : 'Shift+Tab');
      passed.push(await focusedName(page));
    }
    throw new Error(`Tab does not lead to ${control.toString()}; it went by: ${passed.join(' | ')}`);
  };
  return {
    moveTo,
    write: async (field, text) => {
      await moveTo(field);
      await page.keyboard.press('Control+A');
      await page.keyboard.type(text);
      await expect(field).toHaveValue(text);
    },
    choose: async (group, option) => {
      const radios = group.getByRole('radio');
      const wanted = group.getByRole('radio', { name: option, exact: false }).first();
      const entry = (await group.getByRole('radio', { checked: true }).count())
        ? group.getByRole('radio', { checked: true })
        : radios.first();
      await moveTo(entry);
      await page.keyboard.press('Space');
      for (let turn = 0; turn < (await radios.count()) && !(await hasFocus(wanted)); turn += 1) {
        await page.keyboard.press('ArrowDown');
      }
      await expect(wanted).toBeChecked();
    },
    pick: async (list, entry) => {
      await moveTo(list);
      await page.keyboard.type(entry);
      await expect(list.getByRole('option', { name: entry, selected: true })).toHaveCount(1);
    },
    press: async (control, direction) => {
      await moveTo(control, direction);
      await page.keyboard.press('Enter');
    },
    tick: async (box) => {
      await moveTo(box);
      await page.keyboard.press('Space');
    },
    key: (name) => page.keyboard.press(name),
  };
}

function hasFocus(control: Locator): Promise<boolean> {
  return control.evaluate((element) => element === document.activeElement);
}

/** Runs in the page: the middle of the focused control is on the screen and nothing lies over it. */
function isInSight(element: HTMLElement | SVGElement): boolean {
  const box = element.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return (
    top !== null &&
    (element.contains(top) || top.contains(element) || (element.closest('label')?.contains(top) ?? false))
  );
}

function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (element === null) return 'nothing';
    const name = element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 40);
    return `${element.tagName.toLowerCase()} ${name}`;
  });
}
