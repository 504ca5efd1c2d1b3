import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trainingSteps } from '../../../contract/training/run.ts';
import { entriesOf, shapingAdapters } from './program.ts';
import { hashSources, reachSources } from './source-hash.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

const tree: Readonly<Record<string, string>> = {
  'app/step.ts': [
    "import { a } from '../core/a.ts';",
    "import type { B } from '../core/b.ts';",
    'import type {',
    '  C,',
    "} from '../core/c.ts';",
    "import { sum } from 'numbers';",
    "const child = fork(new URL('./child.ts', import.meta.url));",
  ].join('\n'),
  'app/child.ts': "import '../core/in-child.ts';",
  'core/a.ts': "export * from './deep.ts';",
  'core/deep.ts': "import './a.ts'; // a circle",
  'core/b.ts': 'export interface B {}',
  'core/c.ts': 'export interface C {}',
  'core/in-child.ts': '',
  'core/apart.ts': '',
  'package-lock.json': JSON.stringify({
    packages: {
      '': { version: '1.0.0' },
      'node_modules/numbers': { version: '1.0.0', integrity: 'n', dependencies: { digits: '^1.0.0' } },
      'node_modules/digits': { version: '1.0.0', integrity: 'd' },
      'node_modules/other': { version: '1.0.0', integrity: 'o' },
    },
  }),
};

describe('the hash of sources', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'spira-sources-'));
    for (const [path, text] of Object.entries(tree)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const change = async (path: string, edit: (text: string) => string): Promise<void> =>
    writeFile(join(root, path), edit(await readFile(join(root, path), 'utf8')));

  it('follows imports, and what is started, but not types', async () => {
    expect(await reachSources(root, ['app/step.ts'])).toEqual({
      files: ['app/child.ts', 'app/step.ts', 'core/a.ts', 'core/deep.ts', 'core/in-child.ts'],
      packages: ['numbers'],
    });
  });

  it.each(['app/step.ts', 'core/deep.ts', 'core/in-child.ts'])(
    'is another when %s is edited',
    async (path) => {
      const before = await hashSources(root, ['app/step.ts']);
      await change(path, (text) => `${text}\nmore();`);
      expect(await hashSources(root, ['app/step.ts'])).not.toBe(before);
    },
  );

  it.each(['core/apart.ts', 'core/b.ts', 'core/c.ts'])('stays when %s is edited', async (path) => {
    const before = await hashSources(root, ['app/step.ts']);
    await change(path, (text) => `${text}\nmore();`);
    expect(await hashSources(root, ['app/step.ts'])).toBe(before);
  });

  it.each([
    ['numbers', false],
    ['digits', false],
    ['other', true],
  ])('knows the package %s by what is installed', async (name, isTheSame) => {
    const before = await hashSources(root, ['app/step.ts']);
    await change('package-lock.json', (text) =>
      text.replace(`"node_modules/${name}":{"version":"1.0.0"`, `"node_modules/${name}":{"version":"1.0.1"`),
    );
    expect((await hashSources(root, ['app/step.ts'])) === before).toBe(isTheSame);
  });

  it('fails where an import leads nowhere', async () => {
    await rm(join(root, 'core/deep.ts'));
    await expect(hashSources(root, ['app/step.ts'])).rejects.toThrow('ENOENT');
  });
});

describe('the sources of a step', () => {
  it.each(trainingSteps)('%s are found, with what serves and decodes', async (step) => {
    const { files, packages } = await reachSources(repository, await entriesOf(step));
    expect(files).toContain(`training/app/steps/${step}-step.ts`);
    expect(files).toContain('native/onnx/session.ts');
    expect(packages).toContain('onnxruntime-node');
    expect(files.filter((file) => /\.test\.ts$|^training\/hosts\//u.test(file))).toEqual([]);
  });

  it('fit has the gradients and not the page of the report', async () => {
    const { files } = await reachSources(repository, await entriesOf('fit'));
    expect(files).toContain('training/core/autodiff/adam.ts');
    expect(files).not.toContain('training/core/report/html.ts');
    const evaluate = await reachSources(repository, await entriesOf('evaluate'));
    expect(evaluate.files).toContain('training/core/report/html.ts');
  });

  it('have every adapter that is wired into steps, but for those that keep, tell, or bring what is known by its hash', async () => {
    const wiring = await readFile(join(repository, 'training/hosts/step-command.ts'), 'utf8');
    const wired = [...wiring.matchAll(/from '\.\.\/(adapters\/[^']+)'/gu)].map(
      ([, path]) => `training/${path!}`,
    );
    const keepsOrTells =
      /adapters\/(disk\/(checkpoints|contents|runs|text-files|model-folders)|system\/|registry-http\/(connection|runs|models-client|portions)|model-packages\/|mlflow\/)/u;
    expect(wired.length).toBeGreaterThan(5);
    expect(wired.filter((path) => !keepsOrTells.test(path)).sort()).toEqual([...shapingAdapters].sort());
  });
});
