/** A session done as the clinician does it, with the keyboard alone: each part leaves the screen at the next one. */
import { expect, type Locator } from '@playwright/test';
import { takeIdSchema, type SessionId, type TakeId } from '../../contract/ids.ts';
import type { Language, LocalizedText } from '../../contract/localized.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { SessionMode } from '../../contract/session.ts';
import type { Bedside } from './bedside.ts';
import { keyboardOf, type Keyboard } from './keyboard.ts';
import type { Sound } from './sound.ts';
import { spoken, watchTake } from './take-watch.ts';
import { words } from './words.ts';

export class SessionByKeyboard {
  readonly words: (typeof words)[Language];
  readonly keyboard: Keyboard;
  readonly #bedside: Bedside;
  readonly #language: Language;

  constructor(bedside: Bedside, language: Language) {
    this.#bedside = bedside;
    this.#language = language;
    this.words = words[language];
    this.keyboard = keyboardOf(bedside.page);
  }

  get #page() {
    return this.#bedside.page;
  }

  /** From the home page to the form of a new session. */
  async begin(mode: SessionMode): Promise<SessionId> {
    const { keyboard, words: say } = this;
    await keyboard.press(this.#page.getByRole('main').getByRole('link', { name: say.newSession }));
    await keyboard.choose(this.group(say.task), mode === 'inference' ? say.inference : say.collection);
    await keyboard.choose(this.group(say.kind), say.test);
    await keyboard.press(this.button(say.begin));
    await this.#page.waitForURL(/#\/new\/.+/u);
    return this.#page.url().split('/').at(-1) as SessionId;
  }

  /** The whole form with the questions that depend on others, up to the microphone check. */
  async fillForm(recordNumber: string): Promise<void> {
    const { keyboard, words: say } = this;
    const { forms } = await this.#bedside.must('definitions.list', {});
    const form = forms.find(({ version }) => version === '1.1.0');
    if (form === undefined) throw new Error('the newest form is not installed');
    const label = (key: string): string => {
      const field = form.fields.find((each) => each.key === key);
      if (field === undefined) throw new Error(`the form has no ${key}`);
      return this.local(field.label);
    };
    const choice = (key: string, value: string): string => {
      const field = form.fields.find((each) => each.key === key);
      const found = field?.kind === 'choice' ? field.choices.find((each) => each.value === value) : undefined;
      if (found === undefined) throw new Error(`${key} has no ${value}`);
      return this.local(found.label);
    };
    const field = (key: string): Locator => this.#page.getByLabel(label(key), { exact: false }).first();
    await keyboard.write(field('hospital'), 'Santa Casa');
    await keyboard.write(field('rgh'), recordNumber);
    await keyboard.choose(this.group(label('sex')), choice('sex', 'FEMALE'));
    await keyboard.write(field('age'), '61');

    const whenIll = this.group(label('hospitalized'));
    await expect(whenIll).toHaveCount(0);
    await keyboard.choose(this.group(label('covidStatus')), choice('covidStatus', 'TRUE'));
    await keyboard.write(field('lastPositiveDiagnosisDate'), '03/10/2026');
    await expect(field('hospitalizationStart')).toHaveCount(0);
    await keyboard.choose(whenIll, say.yes);
    await keyboard.write(field('hospitalizationStart'), '04/10/2026');
    await keyboard.write(field('hospitalizationEnd'), '12/10/2026');

    await keyboard.choose(this.group(label('maskType')), choice('maskType', 'THIN'));
    await keyboard.write(field('spo2'), '94');
    await expect(this.group(label('ward'))).toHaveCount(0);
    await keyboard.choose(
      this.group(label('respiratoryInsufficiency')),
      choice('respiratoryInsufficiency', 'YES'),
    );
    await keyboard.choose(this.group(label('ward')), choice('ward', 'ICU'));
    await keyboard.press(this.button(say.continue));
    await expect(this.heading(say.microphone)).toBeVisible();
  }

  /** Three seconds into the microphone, with the verdict on them. */
  async checkMicrophone(): Promise<void> {
    const { keyboard, words: say } = this;
    await keyboard.press(this.button(say.recordThreeSeconds));
    await expect(this.#page.getByText(say.goodMicrophone)).toBeVisible();
    await keyboard.press(this.button(say.continue));
  }

  /** Leaves the session, as for a pause, and resumes it; the microphone plays another sound afterwards. */
  async resumeWith(sound: Sound, recordNumber: string): Promise<void> {
    const { keyboard, words: say } = this;
    await keyboard.press(this.#page.getByRole('link', { name: say.leave }), 'backwards');
    await expect(this.heading(say.home)).toBeVisible();
    await this.#bedside.desk.microphoneReleased();
    this.#bedside.desk.play(sound);
    await keyboard.press(this.#page.getByRole('link', { name: `${say.resume} ${recordNumber}` }));
  }

  /** Records the step that is shown with Space; the step ends by itself where the protocol says so. */
  async record(protocol: ProtocolDefinition, stepKey: string, seconds?: number): Promise<TakeId> {
    const { words: say } = this;
    await this.atStep(protocol, stepKey);
    await expect(this.state).toHaveText(say.ready);
    const watch = watchTake(this.#page);
    const finished = this.#page.waitForResponse((response) =>
      response.url().endsWith('/api/recording.finish'),
    );
    await this.keyboard.key('Space');
    await expect(this.state).toHaveText(say.recording);
    if (seconds !== undefined) {
      await spoken(watch, seconds);
      await this.keyboard.key('Space');
    }
    const body = (await (await finished).json()) as { readonly value: { readonly id: unknown } };
    await expect(this.state).toHaveText(say.saved);
    return takeIdSchema.parse(body.value.id);
  }

  /** Enter, wherever the focus rests, once the step may be left. */
  async goOn(name = this.words.continue): Promise<void> {
    await expect(this.button(name)).toBeEnabled();
    await this.keyboard.key('Enter');
  }

  /** The step's own name stands on the screen. */
  async atStep(protocol: ProtocolDefinition, stepKey: string): Promise<void> {
    const step = protocol.steps.find(({ key }) => key === stepKey);
    if (step === undefined) throw new Error(`the protocol has no ${stepKey}`);
    await expect(this.heading(this.local(step.title))).toBeVisible();
  }

  /** After the patient's spoken yes: the purposes, the witness, and the clinician's word that it was a yes. */
  async acceptConsent(protocol: ProtocolDefinition, witness: string): Promise<void> {
    const { keyboard, words: say } = this;
    const research = protocol.consent.purposes.find(({ key }) => key === 'research');
    if (research === undefined) throw new Error('the consent has no research');
    const box = this.#page.getByRole('checkbox', { name: this.local(research.label) });
    await keyboard.tick(box);
    await expect(box).toBeChecked();
    await keyboard.write(this.#page.getByLabel(say.witness), witness);
    await keyboard.press(this.button(say.patientSaidYes), 'backwards');
  }

  async leaveOut(protocol: ProtocolDefinition, stepKey: string, reason: string): Promise<void> {
    const { keyboard, words: say } = this;
    await this.atStep(protocol, stepKey);
    const offered = protocol.steps.find(({ key }) => key === stepKey)?.skipReasons;
    const label = offered?.find(({ value }) => value === reason)?.label;
    if (label === undefined) throw new Error(`${stepKey} cannot be left out for ${reason}`);
    await keyboard.press(this.button(say.leaveOut));
    await keyboard.choose(this.#page.getByRole('dialog').getByRole('radiogroup'), this.local(label));
    await keyboard.press(this.button(say.confirmLeaveOut));
  }

  /** Back to the list by keyboard, found by its record number, and opened from there. */
  async findAgain(recordNumber: string): Promise<void> {
    const { keyboard, words: say } = this;
    await keyboard.press(this.#page.getByRole('link', { name: say.goHome }), 'backwards');
    await keyboard.press(
      this.#page.getByRole('navigation').getByRole('link', { name: say.sessions }),
      'backwards',
    );
    await expect(this.heading(say.sessions)).toBeVisible();
    await keyboard.write(this.#page.getByLabel(say.search), recordNumber);
    await expect(this.#page.getByRole('status').filter({ hasText: say.oneSession })).toBeVisible();
    await keyboard.moveTo(this.#page.getByRole('grid'));
    await keyboard.key('Enter');
    await expect(this.heading(`${say.sessionOf} ${recordNumber}`)).toBeVisible();
  }

  get state(): Locator {
    return this.#page.locator('.recording__state');
  }

  button(name: string): Locator {
    return this.#page.getByRole('button', { name, exact: true });
  }

  heading(name: string): Locator {
    return this.#page.getByRole('heading', { name, exact: true, level: 1 });
  }

  group(label: string): Locator {
    return this.#page.getByRole('radiogroup', { name: label });
  }

  local(text: LocalizedText): string {
    return text[this.#language];
  }
}
