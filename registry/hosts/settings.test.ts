import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSettings, settingsAsMarkdown, SettingsFailure, settingsTable, variableOf } from './settings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spira-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function fileOf(content: string): { readonly SPIRA_REGISTRY_CONFIG: string } {
  const path = join(folder, 'registry.json');
  writeFileSync(path, content);
  return { SPIRA_REGISTRY_CONFIG: path };
}

function problemsOf(environment: Record<string, string>): string {
  try {
    readSettings(environment);
  } catch (cause) {
    if (cause instanceof SettingsFailure) return cause.message;
    throw cause;
  }
  return '';
}

it('has defaults for everything', () => {
  const settings = readSettings({});
  expect(settings).toEqual(
    Object.fromEntries(Object.entries(settingsTable).map(([name, { default: value }]) => [name, value])),
  );
  expect([settings.host, settings.databaseUrl, settings.s3Bucket, settings.natsUrl]).toEqual([
    '127.0.0.1',
    null,
    null,
    null,
  ]);
});

it('takes each value from the file, and rather from the environment', () => {
  const settings = readSettings({
    ...fileOf(
      '{"port": 8000, "host": "0.0.0.0", "trustProxy": ["10.0.0.0/8", "::1"], "s3ForcePathStyle": true}',
    ),
    SPIRA_REGISTRY_PORT: '9000',
    SPIRA_REGISTRY_MODEL_KEY_FILES: 'a.pub, b.pub',
    SPIRA_REGISTRY_ACCEPT_NEW_ANSWER_KEY: 'true',
    SPIRA_REGISTRY_DATA_FOLDER: 'here',
    SPIRA_REGISTRY_S3_BUCKET: '',
    UNRELATED: 'x',
  });
  expect(settings).toMatchObject({
    port: 9000,
    host: '0.0.0.0',
    trustProxy: ['10.0.0.0/8', '::1'],
    s3ForcePathStyle: true,
    modelKeyFiles: ['a.pub', 'b.pub'],
    acceptNewAnswerKey: true,
    dataFolder: resolve('here'),
    s3Bucket: null,
  });
});

describe('a setting that cannot be', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a name that is none', { SPIRA_REGISTRY_PROT: '1' }, 'SPIRA_REGISTRY_PROT: there is no such setting'],
    ['a port that is none', { SPIRA_REGISTRY_PORT: '70000' }, 'SPIRA_REGISTRY_PORT: '],
    [
      'a database of another make',
      { SPIRA_REGISTRY_DATABASE_URL: 'mysql://h' },
      'SPIRA_REGISTRY_DATABASE_URL: ',
    ],
    [
      'half of a pair',
      { SPIRA_REGISTRY_S3_ACCESS_KEY_ID: 'a' },
      's3AccessKeyId and s3SecretAccessKey go together',
    ],
    [
      'a key twice',
      { SPIRA_REGISTRY_TOKEN_KEY: 'a', SPIRA_REGISTRY_TOKEN_KEY_FILE: 'b' },
      'tokenKey and tokenKeyFile exclude each other',
    ],
    ['a file that is not there', { SPIRA_REGISTRY_CONFIG: '/nowhere.json' }, 'cannot be read (ENOENT)'],
  ])('is named: %s', (_, environment, message) => {
    expect(problemsOf(environment)).toContain(message);
  });

  it.each([
    ['{"porte": 1}', 'there is no setting porte'],
    ['{"port": "many"}', 'port: '],
    ['[]', 'is not a JSON object'],
    ['{', 'is not JSON'],
  ])('is named in the file: %s', (content, message) => {
    expect(problemsOf(fileOf(content))).toContain(message);
  });

  it('is named beside all others, and no value is quoted', () => {
    const problems = problemsOf({
      SPIRA_REGISTRY_PORT: 'sesame',
      SPIRA_REGISTRY_METRICS_TOKEN: 'open sesame',
      SPIRA_REGISTRY_DATABASE_URL: 'http://user:sesame@host',
    });
    expect(problems.split('\n')).toHaveLength(3);
    expect(problems).not.toContain('sesame');
  });
});

it('names its variables after its settings', () => {
  expect(variableOf('s3ForcePathStyle')).toBe('SPIRA_REGISTRY_S3_FORCE_PATH_STYLE');
  expect(new Set(Object.keys(settingsTable).map(variableOf)).size).toBe(Object.keys(settingsTable).length);
});

it('stands in the operator’s handbook, every value of it', () => {
  const cells = (text: string): string[] =>
    text.split('\n').flatMap((line) =>
      line.startsWith('| `SPIRA_REGISTRY_')
        ? [
            line
              .split('|')
              .map((cell) => cell.trim())
              .join('|'),
          ]
        : [],
    );
  const handbook = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  expect(cells(handbook)).toEqual(cells(settingsAsMarkdown()));
});
