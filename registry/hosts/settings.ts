/**
 * What can be set: each value by one environment variable and in one JSON file, where the environment wins. Unknown
 * names are refused, so that a slip of the pen is not a setting that silently is not there.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const prefix = 'SPIRA_REGISTRY_';
export const settingsFileVariable = `${prefix}CONFIG`;

const text = z.string().trim().min(1);
const path = text.transform((value) => resolve(value));
const wholeNumber = (least: number, most: number): z.ZodType<number> =>
  z.coerce.number<string | number>().int().min(least).max(most);
const yesOrNo = z.union([z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')]);
const list = z.union([
  z.array(text),
  z.string().transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ),
]);

interface Setting<T> {
  readonly schema: z.ZodType<T>;
  readonly default: T;
  /** For the table in docs/operations.md. */
  readonly meaning: string;
  /** Where the default is not the value itself. */
  readonly shownDefault?: string;
}

function setting<T>(schema: z.ZodType<T>, value: T, meaning: string, shownDefault?: string): Setting<T> {
  return { schema, default: value, meaning, ...(shownDefault === undefined ? {} : { shownDefault }) };
}

function optional(schema: z.ZodType<string>, meaning: string, shownDefault: string): Setting<string | null> {
  return setting<string | null>(schema.nullable(), null, meaning, shownDefault);
}

export const settingsTable = {
  dataFolder: setting(
    path,
    defaultDataFolder(),
    'Folder of the embedded database, audio, models and keys. One process at a time with SQLite.',
    '`~/.local/share/spira-registry`, `%LOCALAPPDATA%\\SPIRA Registry`',
  ),
  host: setting(text, '127.0.0.1', 'Address to listen on; `0.0.0.0` for every one of the machine.'),
  port: setting(wholeNumber(0, 65_535), 7070, 'Port to listen on; 0 takes any free one.'),
  publicUrl: optional(
    z.url({ protocol: /^https?$/u }),
    'Address under which workstations and people reach the registry; shown at the start.',
    'host and port',
  ),
  tlsCertificateFile: optional(
    path,
    'Certificate chain (PEM) to speak TLS without a proxy in front.',
    'no TLS',
  ),
  tlsKeyFile: optional(path, 'Private key (PEM) of the certificate.', 'no TLS'),
  trustProxy: setting<string[]>(
    list,
    [],
    'Addresses or networks of reverse proxies whose `X-Forwarded-*` headers are believed (a list; commas in the environment).',
    'none',
  ),
  databaseUrl: optional(
    text.regex(/^postgres(ql)?:\/\//u),
    '`postgres://user:password@host/database`: PostgreSQL in place of SQLite.',
    'SQLite in the data folder',
  ),
  s3Bucket: optional(text, 'Bucket for audio and models, in place of the disk.', 'disk in the data folder'),
  s3Region: setting(text, 'us-east-1', 'Region of the bucket.'),
  s3Endpoint: optional(z.url({ protocol: /^https?$/u }), 'Address of an S3-compatible store.', 'Amazon’s'),
  s3ForcePathStyle: setting<boolean>(
    yesOrNo,
    false,
    '`true` for `https://host/bucket/key`; most stores other than Amazon’s want it.',
  ),
  s3Prefix: setting(z.string(), '', 'Start of every key in the bucket.', 'none'),
  s3AccessKeyId: optional(text, 'Credentials of the store, with the next.', 'as Amazon’s client finds them'),
  s3SecretAccessKey: optional(
    text,
    'Credentials of the store, with the one before.',
    'as Amazon’s client finds them',
  ),
  natsUrl: optional(
    text.regex(/^(nats|tls):\/\//u),
    '`nats://user:password@host:4222` (or `tls://`; several with commas): NATS JetStream in place of the queue in the database.',
    'queue in the database',
  ),
  natsName: setting(
    text.regex(/^[A-Za-z0-9-]+$/u),
    'spira',
    'Start of the names of streams in NATS: registries that share a server take different ones.',
  ),
  answerKeyFile: optional(
    path,
    'Ed25519 private key (PKCS #8 PEM, mode 0600) that signs answers and receipts. Several processes need the same.',
    '`keys/answer.pem` in the data folder, made at the first start',
  ),
  tokenKeyFile: optional(
    path,
    'Ed25519 private key that signs access tokens. Several processes need the same.',
    '`keys/token.pem` in the data folder, made at the first start',
  ),
  answerKey: optional(text, 'The answer key itself (PEM), in place of a file.', 'the file'),
  tokenKey: optional(text, 'The token key itself (PEM), in place of a file.', 'the file'),
  acceptNewAnswerKey: setting<boolean>(
    yesOrNo,
    false,
    '`true` once, to start with an answer key other than before: every workstation must then enrol anew.',
  ),
  modelKeyFiles: setting<string[]>(
    list,
    [],
    'Files with the public keys of those who may sign models (a list; commas in the environment).',
    'none: no model is taken',
  ),
  predictionEngines: setting(
    wholeNumber(0, 64),
    1,
    'Engines that predict in this process; 0 where `npm run registry:predict` does it all.',
  ),
  trainers: setting(
    wholeNumber(0, 64),
    1,
    'Training runs at once, each a process that this one starts; 0 where `npm run registry:trainer` does it all.',
  ),
  trainingFolder: optional(
    path,
    'Folder of the trainer: `data` (where paths of training configurations start), `store` (runs and their outputs), `logs`.',
    '`training` in the data folder',
  ),
  maximumModelMegabytes: setting(wholeNumber(1, 100_000), 2048, 'Largest model package that is taken, MB.'),
  requestsPerMinute: setting(
    wholeNumber(1, 10_000_000),
    18_000,
    'Requests that one address may make in a minute; workstations with their proof are not limited.',
  ),
  signInsPerMinute: setting(
    wholeNumber(1, 1_000_000),
    120,
    'Tries at passwords and codes that one address may make in a minute.',
  ),
  metricsToken: optional(
    text.min(16),
    'Bearer token that reads `/metrics` from other machines.',
    'this machine only',
  ),
  drainSeconds: setting(
    wholeNumber(0, 3600),
    20,
    'How long calls under way may go on after SIGTERM before their connections are cut.',
  ),
} as const satisfies Record<string, Setting<unknown>>;

type SettingsTable = typeof settingsTable;
export type Settings = {
  readonly [Name in keyof SettingsTable]: SettingsTable[Name] extends Setting<infer T> ? Readonly<T> : never;
};

export class SettingsFailure extends Error {
  constructor(problems: readonly string[]) {
    super(problems.map((problem) => `- ${problem}`).join('\n'));
    this.name = 'SettingsFailure';
  }
}

/** `SPIRA_REGISTRY_DATA_FOLDER` for `dataFolder`. */
export function variableOf(name: string): string {
  return prefix + name.replace(/[A-Z]/gu, (letter) => `_${letter}`).toUpperCase();
}

/** Throws SettingsFailure that names every value that cannot be used, without quoting any. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = [];
  const file = environment[settingsFileVariable];
  const fromFile = file === undefined || file === '' ? {} : readFile(file, problems);
  const names = Object.keys(settingsTable) as (keyof SettingsTable)[];
  const variables = new Map(names.map((name) => [variableOf(name), name]));
  for (const name of Object.keys(fromFile)) {
    if (!(name in settingsTable)) problems.push(`${String(file)}: there is no setting ${name}`);
  }
  for (const variable of Object.keys(environment)) {
    if (variable.startsWith(prefix) && variable !== settingsFileVariable && !variables.has(variable)) {
      problems.push(`${variable}: there is no such setting`);
    }
  }
  const values = names.map((name) => {
    const given = environment[variableOf(name)];
    const isGiven = given !== undefined && given !== '';
    const raw = isGiven ? given : fromFile[name];
    if (raw === undefined) return [name, settingsTable[name].default];
    const parsed = settingsTable[name].schema.safeParse(raw);
    if (parsed.success) return [name, parsed.data];
    const where = isGiven ? variableOf(name) : `${String(file)}: ${name}`;
    problems.push(`${where}: ${messageOf(parsed.error)}`);
    return [name, settingsTable[name].default];
  });
  const settings = Object.fromEntries(values) as unknown as Settings;
  problems.push(...contradictions(settings));
  if (problems.length > 0) throw new SettingsFailure(problems);
  return settings;
}

/** As docs/operations.md shows it. */
export function settingsAsMarkdown(): string {
  const rows = Object.entries(settingsTable as Record<string, Setting<unknown>>).map(
    ([name, { default: value, meaning, shownDefault }]) =>
      `| \`${variableOf(name)}\` | \`${name}\` | ${shownDefault ?? `\`${String(value)}\``} | ${meaning} |`,
  );
  return ['| variable | in the file | default | meaning |', '| - | - | - | - |', ...rows].join('\n');
}

export function defaultDataFolder(
  platform: NodeJS.Platform = process.platform,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const home = homedir();
  if (platform === 'win32') {
    return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'SPIRA Registry');
  }
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'SPIRA Registry');
  return join(environment['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'spira-registry');
}

function readFile(file: string, problems: string[]): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    problems.push(`${file}: ${code === undefined ? 'is not JSON' : `cannot be read (${code})`}`);
    return {};
  }
  const parsed = z.record(z.string(), z.unknown()).safeParse(content);
  if (parsed.success) return parsed.data;
  problems.push(`${file}: is not a JSON object`);
  return {};
}

function contradictions(settings: Settings): readonly string[] {
  const pairs = [
    ['tlsCertificateFile', 'tlsKeyFile'],
    ['s3AccessKeyId', 's3SecretAccessKey'],
  ] as const;
  return [
    ...pairs
      .filter(([one, other]) => (settings[one] === null) !== (settings[other] === null))
      .map(([one, other]) => `${one} and ${other} go together: set both or neither`),
    ...(['answerKey', 'tokenKey'] as const)
      .filter((name) => settings[name] !== null && settings[`${name}File`] !== null)
      .map((name) => `${name} and ${name}File exclude each other`),
  ];
}

/** Which rule it breaks, never the value: it may be a secret. */
function messageOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined || issue.code === 'invalid_union' ? 'has the wrong form' : issue.message;
}
