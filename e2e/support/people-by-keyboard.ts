/** The first start with the keyboard alone: IT makes its account, then the clinician's, who signs in. */
import { expect } from '@playwright/test';
import type { Language } from '../../contract/localized.ts';
import { administrator, clinician, type Bedside } from './bedside.ts';
import { keyboardOf } from './keyboard.ts';
import { words } from './words.ts';

export async function firstStartByKeyboard({ page }: Bedside, language: Language): Promise<void> {
  const say = words[language];
  const keyboard = keyboardOf(page);
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const field = (name: string) => page.getByLabel(name, { exact: true });

  await expect(page.getByLabel(/Idioma|Language/u)).toBeVisible();
  await keyboard.moveTo(page.getByLabel(/Idioma|Language/u), 'backwards');
  await page.keyboard.type(say.languageName);
  await expect(page.getByRole('heading', { name: say.firstStart })).toBeVisible();
  await keyboard.write(field(say.yourName), administrator.displayName);
  await keyboard.write(field(say.username), administrator.username);
  await keyboard.write(field(say.password), administrator.password);
  await keyboard.write(field(say.passwordAgain), administrator.password);
  await keyboard.press(button(say.createIt));

  await keyboard.press(button(say.later));
  await keyboard.press(page.getByRole('link', { name: say.accounts, exact: true }));
  await keyboard.press(button(say.newAccount));
  const dialog = page.getByRole('dialog', { name: say.newAccount });
  await keyboard.write(dialog.getByLabel(say.accountName, { exact: true }), clinician.displayName);
  await keyboard.write(dialog.getByLabel(say.accountUsername, { exact: true }), clinician.username);
  await keyboard.write(dialog.getByLabel(say.firstPassword, { exact: true }), clinician.password);
  await keyboard.write(dialog.getByLabel(say.passwordAgain, { exact: true }), clinician.password);
  await keyboard.press(dialog.getByRole('button', { name: say.createAccount }));
  await expect(page.getByText(say.accountSaved)).toBeVisible();

  await keyboard.press(button(say.signOut), 'backwards');
  await expect(page.getByRole('heading', { name: say.signIn })).toBeVisible();
  await keyboard.write(field(say.username), clinician.username);
  await keyboard.write(field(say.password), clinician.password);
  await keyboard.key('Enter');
  await expect(page.getByRole('heading', { name: say.home, exact: true })).toBeVisible();
}
