/** A workstation with its data folder, a browser at it and people who may work: where each test begins. */
import { test as base, expect, type Page } from '@playwright/test';
import type { CommandInput, CommandName, CommandOutput } from '../../contract/app-api.ts';
import type { Answer } from '../../contract/form.ts';
import type { SessionId, TakeId } from '../../contract/ids.ts';
import type { Language } from '../../contract/localized.ts';
import type { ModelReference } from '../../contract/model-manifest.ts';
import type { Result } from '../../contract/result.ts';
import type { ConsentPurpose } from '../../contract/protocol.ts';
import type { SampleKind, SessionDetail, Take } from '../../contract/session.ts';
import { openDesk, type Desk, type DeskOptions } from './browser.ts';
import { microphoneRateHz, readWav, roomNoise, wavBytes, type Sound } from './sound.ts';
import { startWorkstation, temporaryFolder, type Workstation } from './workstation.ts';

export const clinician = { username: 'ana.lima', displayName: 'Ana Lima', password: 'cedro-lua-quintal' };
export const administrator = {
  username: 'suporte',
  displayName: 'Equipe de TI',
  password: 'pedra-rio-janela',
};
export const answers: Record<string, Answer> = {
  hospital: 'Hospital das Clínicas',
  rgh: '14259401E',
  sex: 'FEMALE',
  age: 61,
  covidStatus: 'UNKNOWN',
  maskType: 'NONE',
};

export interface BedsideOptions extends Partial<Omit<DeskOptions, 'folder'>> {
  /** Where the store is; a folder of its own by default. */
  readonly dataFolder?: string;
  readonly language?: Language;
  /** Of the workstation's process, beside this one's. */
  readonly env?: NodeJS.ProcessEnv;
  /** Without accounts, as at the first start. */
  readonly isUnused?: boolean;
}

export class Bedside {
  readonly folder: string;
  readonly dataFolder: string;
  readonly #options: BedsideOptions;
  #workstation: Workstation;
  #desk: Desk;

  constructor(parts: {
    readonly folder: string;
    readonly options: BedsideOptions;
    readonly workstation: Workstation;
    readonly desk: Desk;
  }) {
    this.folder = parts.folder;
    this.dataFolder = dataFolderOf(parts.folder, parts.options);
    this.#options = parts.options;
    this.#workstation = parts.workstation;
    this.#desk = parts.desk;
  }

  get page(): Page {
    return this.#desk.page;
  }

  get workstation(): Workstation {
    return this.#workstation;
  }

  get desk(): Desk {
    return this.#desk;
  }

  call<Name extends CommandName>(
    name: Name,
    input: CommandInput<Name>,
  ): Promise<Result<CommandOutput<Name>>> {
    return send(this.page, name, input);
  }

  async must<Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<CommandOutput<Name>> {
    return valueOf(await this.call(name, input), name);
  }

  /** A new process on the same data, and the page at its new address. The former one has to be gone. */
  async restart(): Promise<void> {
    this.#workstation = await startWorkstation(this.dataFolder, startOptions(this.#options));
    await this.page.goto(this.#workstation.address);
  }

  /** Signs in, and is at home. */
  async signIn(): Promise<void> {
    await this.signInOnly();
    await expect(this.page.getByRole('heading', { name: 'Home' })).toBeVisible();
  }

  /** Signs in, and is where the page was. */
  async signInOnly(): Promise<void> {
    await this.page.getByLabel('User name').fill(clinician.username);
    await this.page.getByLabel('Password', { exact: true }).fill(clinician.password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await expect(this.page.getByRole('button', { name: 'Sign in' })).toBeHidden();
  }

  /** Opens the session's page, where it was left. */
  async open(sessionId: SessionId): Promise<void> {
    await this.page.goto(`${new URL(this.#workstation.address).origin}/#/new/${sessionId}`);
  }

  /** As another person, over the same connection. */
  async as<T>(secret: Secret, work: () => Promise<T>): Promise<T> {
    await this.must('people.sign-in', secretOf(secret));
    const done = await work();
    await this.must('people.sign-in', secretOf(clinician));
    return done;
  }

  close(): Promise<void> {
    return this.#desk.close();
  }
}

function startOptions({ env }: BedsideOptions): { readonly env?: NodeJS.ProcessEnv } {
  return env === undefined ? {} : { env };
}

function dataFolderOf(folder: string, options: BedsideOptions): string {
  return options.dataFolder ?? `${folder}/data`;
}

function deskOptions(folder: string, options: BedsideOptions): DeskOptions {
  const { dataFolder: _data, language: _language, isUnused: _unused, env: _env, ...desk } = options;
  return { folder, sound: phrase(8), locale: 'en-US', ...desk };
}

interface Fixtures {
  /** Opens a bedside that ends with the test, however it ends. A clinician is signed in. */
  readonly openBedside: (options?: BedsideOptions) => Promise<Bedside>;
}

export const test = base.extend<Fixtures>({
  openBedside: async ({}, use) => {
    const ends: (() => Promise<unknown> | void)[] = [];
    await use(async (options = {}) => {
      const folder = temporaryFolder();
      ends.push(() => folder.remove());
      const workstation = await startWorkstation(dataFolderOf(folder.path, options), startOptions(options));
      const desk = await openDesk(deskOptions(folder.path, options));
      const bedside = new Bedside({ folder: folder.path, options, workstation, desk });
      ends.push(
        () => bedside.workstation.kill(),
        () => bedside.close(),
      );
      await bedside.page.goto(workstation.address);
      if (options.isUnused !== true) await employ(bedside, options.language ?? 'en');
      return bedside;
    });
    for (const end of ends.toReversed()) await end();
  },
});

/** The first start with its accounts, as IT would go through it, and the clinician signed in. */
async function employ(bedside: Bedside, language: Language): Promise<void> {
  await bedside.must('settings.appearance', { language });
  await bedside.must('people.create-first', { ...administrator, language });
  await bedside.must('people.create', { ...clinician, language, roles: ['clinician', 'researcher'] });
  await bedside.must('people.sign-out', {});
  await bedside.must('people.sign-in', secretOf(clinician));
  await bedside.page.reload();
}

interface Secret {
  readonly username: string;
  readonly password: string;
}

function secretOf({ username, password }: Secret): Secret {
  return { username, password };
}

async function send<Name extends CommandName>(
  page: Page,
  name: Name,
  input: CommandInput<Name>,
): Promise<Result<CommandOutput<Name>>> {
  const answer = await page.evaluate(
    async ([command, body]) => {
      const response = await fetch(`/api/${command}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Spira': '1' },
        body,
      });
      return response.text();
    },
    [name, JSON.stringify(input)] as const,
  );
  return JSON.parse(answer) as Result<CommandOutput<Name>>;
}

export function valueOf<T>(result: Result<T>, what: string): T {
  if (result.ok) return result.value;
  throw new Error(`${what}: ${JSON.stringify(result.problem)}`);
}

export interface SessionWish {
  /** All that are installed by default. */
  readonly models?: readonly ModelReference[];
  readonly mode?: 'inference' | 'collection';
  /** A trial by default: such sessions are never trained on. */
  readonly kind?: SampleKind;
  readonly purposes?: readonly ConsentPurpose[];
  readonly answers?: Record<string, Answer>;
  /** Steps that are recorded already, from files. */
  readonly done?: readonly ('ruido' | 'aceite' | 'sustentada' | 'parlenda')[];
  readonly currentStep?: string;
}

/** A draft whose first steps are done, at the step that comes next. */
export async function draftSession(bedside: Bedside, wish: SessionWish = {}): Promise<SessionDetail> {
  const mode = wish.mode ?? 'collection';
  const { forms, protocols } = await bedside.must('definitions.list', {});
  const [form, protocol] = [forms[0], protocols[0]];
  if (form === undefined || protocol === undefined) throw new Error('no form or protocol is installed');
  const installed = mode === 'inference' ? await bedside.must('models.list', {}) : [];
  const models = wish.models ?? installed.map(({ manifest }) => manifest);
  const { id: sessionId } = await bedside.must('sessions.create', {
    mode,
    kind: wish.kind ?? 'TEST',
    form: { id: form.id, version: form.version },
    protocol: { id: protocol.id, version: protocol.version },
    models: models.map(({ name, version }) => ({ name, version })),
  });
  const done = wish.done ?? ['ruido', 'aceite'];
  const next = protocol.steps.find(({ key }) => !(done as readonly string[]).includes(key));
  for (const stepKey of done) {
    const sound = stepKey === 'ruido' ? roomNoise(10, -60) : phrase(4);
    const take = valueOf(await importFile(bedside, { sessionId, stepKey }, wavBytes(sound)), stepKey);
    if (stepKey === 'aceite')
      await acceptConsent(bedside, { sessionId, takeId: take.id, text: protocol.consent }, wish.purposes);
  }
  await bedside.must('sessions.save-draft', {
    sessionId,
    answers: wish.answers ?? answers,
    confirmedWarnings: [],
    currentStep: wish.currentStep ?? next?.key ?? 'form',
  });
  return bedside.must('sessions.get', { sessionId });
}

async function acceptConsent(
  bedside: Bedside,
  {
    sessionId,
    takeId,
    text,
  }: {
    readonly sessionId: SessionId;
    readonly takeId: TakeId;
    readonly text: { readonly id: string; readonly version: string };
  },
  purposes: readonly ConsentPurpose[] = ['care', 'research'],
): Promise<void> {
  await bedside.must('sessions.accept-consent', {
    sessionId,
    takeId,
    textId: text.id,
    textVersion: text.version,
    language: 'pt-BR',
    purposes: [...purposes],
    witness: clinician.displayName,
  });
}

/** What is left of the protocol, from files and reasons: the session can be completed afterwards. */
export async function doTheRest(
  bedside: Bedside,
  sessionId: SessionId,
  sounds: Readonly<Record<string, Sound>> = {},
): Promise<void> {
  const { steps } = await bedside.must('sessions.get', { sessionId });
  for (const { key: stepKey, state } of steps) {
    if (state !== 'open') continue;
    if (stepKey === 'frase')
      await bedside.must('sessions.skip-step', { sessionId, stepKey, reason: 'cannot-read' });
    else {
      const sound = sounds[stepKey] ?? phrase(4);
      valueOf(await importFile(bedside, { sessionId, stepKey }, wavBytes(sound)), stepKey);
    }
  }
}

export async function importFile(
  bedside: Bedside,
  target: { readonly sessionId: SessionId; readonly stepKey: string },
  bytes: Buffer,
): Promise<Result<Take>> {
  const started = await bedside.call('import.start', { ...target, sizeBytes: bytes.length });
  if (!started.ok) return started;
  const { importId } = started.value;
  for (let offsetBytes = 0; offsetBytes < bytes.length; offsetBytes += 2 ** 20) {
    const part = bytes.subarray(offsetBytes, offsetBytes + 2 ** 20).toString('base64');
    const sent = await bedside.call('import.append', { importId, offsetBytes, bytes: part });
    if (!sent.ok) return sent;
  }
  return bedside.call('import.finish', { importId });
}

/** The WAV of a take, as the product gives it back. */
export async function soundOf(bedside: Bedside, takeId: TakeId): Promise<Sound> {
  const parts: Buffer[] = [];
  let received = 0;
  for (;;) {
    const { totalBytes, bytes } = await bedside.must('recording.audio', {
      takeId,
      offsetBytes: received,
      lengthBytes: 2 ** 20,
    });
    const part = Buffer.from(bytes, 'base64');
    parts.push(part);
    received += part.length;
    if (received >= totalBytes || part.length === 0) return readWav(Buffer.concat(parts));
  }
}

/** Voiced syllables whose pitch never takes the same course twice: any stretch fits in one place alone. */
export function phrase(seconds: number, peak = 0.5): Sound {
  const harmonics = Array.from({ length: 20 }, (_, index) => index + 1);
  let phase = 0;
  const samples = Float32Array.from({ length: Math.round(seconds * microphoneRateHz) }, (_, index) => {
    const t = index / microphoneRateHz;
    const pitchHz = 150 + 35 * Math.sin(2.3 * t) + 22 * Math.sin(5.17 * t + 1) + 3 * t;
    phase += (2 * Math.PI * pitchHz) / microphoneRateHz;
    const loudness = 0.55 + 0.45 * Math.sin(2 * Math.PI * 2.7 * t + Math.sin(1.1 * t));
    return loudness * harmonics.reduce((sum, number) => sum + Math.sin(number * phase) / number, 0);
  });
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return { samples: samples.map((sample) => (sample / loudest) * peak), sampleRateHz: microphoneRateHz };
}
