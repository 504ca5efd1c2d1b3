// The import table of ARCHITECTURE.md, as rules that say what to do instead. tools/checks plants one violation of each.

const programs = '(main|registry|training)';
/** An import that leads nowhere: `imports-resolve` reports it, and no other rule repeats it. */
const unresolved = '^\\.{1,2}/(?!.*node_modules/)';
const testFile = '(^|/)[^/]+\\.(test|contract)\\.tsx?$';

/**
 * Each library that touches the world (or draws) stands in one place only; a new one gets a row here and a line in
 * docs/adr that says what it replaces. `homes` are path patterns from the repository's root.
 */
const homes = [
  ['better-sqlite3-multiple-ciphers', ['main/adapters/sqlite/', 'registry/adapters/sql/']],
  [
    'better-sqlite3',
    ['main/adapters/sqlite/', 'registry/adapters/sql/'],
    'types only: the package that runs is the encrypting one',
  ],
  ['onnxruntime-node', ['native/onnx/']],
  ['onnxruntime-common', ['native/onnx/']],
  ['(mpg123-decoder|@wasm-audio-decoders/[^/]+|libflacjs)', ['native/audio/']],
  ['@node-rs/argon2', ['main/adapters/argon2/', 'registry/adapters/argon2/']],
  ['axios', ['main/adapters/registry-http/']],
  ['(fastify|@fastify/[^/]+|fastify-type-provider-zod|fastify-plugin)', ['registry/hosts/http/']],
  ['(kysely|pg)', ['registry/adapters/sql/']],
  ['(@nats-io/[^/]+)', ['registry/adapters/jetstream/']],
  ['(@aws-sdk/[^/]+|@smithy/[^/]+)', ['registry/adapters/s3/']],
  ['jose', ['registry/adapters/keys/']],
  ['croner', ['registry/adapters/cron/']],
  ['prom-client', ['registry/hosts/http/']],
  [
    'tar-stream',
    [
      'registry/adapters/model-packages/',
      'main/adapters/model-packages/',
      'training/adapters/model-packages/',
    ],
  ],
  ['csv-parse', ['registry/hosts/http/', 'registry/adapters/csv/']],
  ['(s3rver|tus-js-client)', ['tools/', '.*\\.(test|contract)\\.ts$', 'registry/adapters/s3/']],
  ['@bufbuild/(protobuf|protoc-gen-es)', ['training/adapters/onnx-proto/']],
  ['electron', ['main/hosts/electron/', 'preload/']],
  ['pino', ['main/hosts/', 'registry/hosts/']],
  ['wavesurfer\\.js', ['renderer/waveform/']],
  ['lucide-react', ['renderer/ui/icons(/|\\.tsx?$)']],
  ['intl-messageformat', ['renderer/i18n/']],
  ['@tanstack/react-virtual', ['renderer/ui/table(/|\\.tsx?$)']],
  ['(react|react-dom|zustand|@types/react|@types/react-dom)', ['renderer/']],
  ['(vite|@vitejs/[^/]+)', ['renderer/vite\\.config\\.ts$', 'tools/']],
  ['zod', ['contract/', `${programs}/adapters/`, `${programs}/hosts/`, 'native/', 'renderer/api/', 'tools/']],
  ['(@playwright/test|@axe-core/playwright|playwright|playwright-core)', ['e2e/']],
  ['vitest', ['vitest\\.config\\.ts$', '.*\\.(test|contract)\\.tsx?$']],
  ['fast-check', ['.*\\.(test|contract)\\.tsx?$']],
  ['(eslint|typescript-eslint|@typescript-eslint/[^/]+|eslint-plugin-react-hooks|typescript)', ['tools/']],
  ['(dependency-cruiser|electron-builder|app-builder-lib|@electron/fuses|@electron/asar)', ['tools/']],
  ['@types/node', ['.*']],
];

const inPackage = (name) => `(^|/)node_modules/(@types/)?${name}/`;

const oneLibraryOneFolder = homes.map(([name, folders, note]) => ({
  name: `one-folder-for-${
    name
      .replace(/[^a-z0-9@/-]+/gi, ' ')
      .trim()
      .split(' ')[0]
  }`,
  comment:
    `This library stands only in ${folders.join(', ')}${note ? ` (${note})` : ''}. ` +
    'Ask for what you need through a port (or a function of that folder) instead of importing the library here.',
  severity: 'error',
  from: { pathNot: `^(${folders.join('|')})` },
  to: { path: [inPackage(name), `^${name}(/|$)`], dependencyTypesNot: ['local', 'core'] },
}));

const anyKnownLibrary = homes.map(([name]) => name).join('|');

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'contract-is-pure',
      comment:
        'The contract is what programs agree on: it imports itself and zod, nothing else. A rule that one program ' +
        "alone needs goes to that program's core; anything with I/O goes to an adapter.",
      severity: 'error',
      from: { path: '^contract/', pathNot: testFile },
      to: { pathNot: [unresolved, '^contract/', inPackage('zod')] },
    },
    {
      name: 'core-decides',
      comment:
        'Core is pure: it sees the contract and itself. Take time, random numbers, ids and file contents as ' +
        'arguments; ask the world for them in app through a port.',
      severity: 'error',
      from: { path: `^${programs}/core/`, pathNot: testFile },
      to: { pathNot: [unresolved, '^contract/', '^$1/core/'] },
    },
    {
      name: 'ports-ask',
      comment:
        'A port states a need in words of contract and core, without Node, without a library. What fulfils it is an ' +
        'adapter; the suite that all of them pass is x.contract.ts (which may use vitest).',
      severity: 'error',
      from: { path: `^${programs}/ports/`, pathNot: testFile },
      to: { pathNot: [unresolved, '^contract/', '^$1/core/', '^$1/ports/'] },
    },
    {
      name: 'ports-are-not-tests',
      comment: 'Only a test, or another contract suite, may import a contract suite.',
      severity: 'error',
      from: { pathNot: testFile },
      to: { path: '\\.(contract|test)\\.tsx?$' },
    },
    {
      name: 'app-sequences',
      comment:
        'A use case gathers through ports, asks the core, acts, returns a Result. It names no library, file or host: ' +
        'add a port for the need and implement it in an adapter.',
      severity: 'error',
      from: { path: `^${programs}/app/`, pathNot: testFile },
      to: { pathNot: [unresolved, '^contract/', '^$1/core/', '^$1/ports/', '^$1/app/'] },
    },
    {
      name: 'adapters-touch-the-world',
      comment:
        'An adapter implements ports with one technology: it sees contract, core, ports and its own library, never a ' +
        'use case, a host or a page. Let the host wire them.',
      severity: 'error',
      from: { path: `^${programs}/adapters/`, pathNot: testFile },
      to: {
        pathNot: [
          unresolved,
          '^contract/',
          '^$1/core/',
          '^$1/ports/',
          '^$1/adapters/',
          '^native/',
          '(^|/)node_modules/',
          '^resources/',
          '^better-sqlite3$',
        ],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'adapters-have-no-siblings',
      comment:
        'Adapters do not know each other (except `system`: clock, ids, random numbers). Join them in the host, or put ' +
        'what both need into a port.',
      severity: 'error',
      from: { path: `^${programs}/adapters/([^/]+)/`, pathNot: testFile },
      to: {
        path: `^${programs}/adapters/([^/]+)(/|$)`,
        pathNot: ['^$1/adapters/$2(/|$)', '^$1/adapters/system/'],
      },
    },
    {
      name: 'engines-only-for-inference-and-audio',
      comment:
        'Only adapters for inference or audio drive the engines in native/. Everything else asks the Inference or the ' +
        'audio port.',
      severity: 'error',
      from: {
        path: `^${programs}/`,
        pathNot: [
          `^${programs}/adapters/[^/]*(onnx|engine|inference|audio)[^/]*/`,
          `^${programs}/hosts/`,
          testFile,
        ],
      },
      to: { path: '^native/' },
    },
    {
      name: 'hosts-start-things',
      comment: 'A host wires its own program; it never imports a page, the bridge, the e2e run or the tools.',
      severity: 'error',
      from: { path: `^${programs}/hosts/`, pathNot: testFile },
      to: { path: '^(renderer|preload|e2e|tools)/' },
    },
    {
      name: 'hosts-do-not-know-each-other',
      comment:
        'hosts/electron and hosts/node are two shells around one program. What both need stands in main/hosts itself ' +
        '(or further inside).',
      severity: 'error',
      from: { path: '^main/hosts/(electron|node)/' },
      to: { path: '^main/hosts/(electron|node)/', pathNot: '^main/hosts/$1/' },
    },
    {
      name: 'nothing-imports-a-host',
      comment:
        'Hosts are the outermost room: rooms further inside never import them. Pass what you need inwards.',
      severity: 'error',
      from: { pathNot: `^${programs}/hosts/` },
      to: { path: `^${programs}/hosts/` },
    },
    {
      name: 'programs-live-apart',
      comment:
        'main, registry and training meet in the contract only. Move the shared shape or rule to contract/, or send a ' +
        'message.',
      severity: 'error',
      from: { path: `^${programs}/` },
      to: { path: `^${programs}/`, pathNot: '^$1/' },
    },
    {
      name: 'preload-is-a-bridge',
      comment:
        'The bridge passes contract words through: it imports the contract and electron, nothing else.',
      severity: 'error',
      from: { path: '^preload/', pathNot: testFile },
      to: { pathNot: [unresolved, '^contract/', '^preload/', inPackage('electron'), '^electron$'] },
    },
    {
      name: 'pages-speak-contract',
      comment:
        'Pages know the contract and themselves. Ask main by a command (renderer/api); a page has no Node, no store, ' +
        'no engine.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: [testFile, '^renderer/vite\\.config\\.ts$'] },
      to: { pathNot: [unresolved, '^contract/', '^renderer/', '(^|/)node_modules/', '^resources/'] },
    },
    {
      name: 'native-has-no-domain',
      comment:
        'The engines know samples and tensors: contract, their own library and Node. No use case, no port, no page.',
      severity: 'error',
      from: { path: '^native/', pathNot: testFile },
      to: {
        pathNot: [unresolved, '^contract/', '^native/', '(^|/)node_modules/'],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'e2e-uses-the-product-from-outside',
      comment:
        'The e2e run starts hosts as processes and sees the screen: it imports the contract and playwright.',
      severity: 'error',
      from: { path: '^e2e/' },
      to: { path: '^(main|registry|training|native|preload|renderer)/' },
    },
    {
      name: 'nothing-imports-the-tools',
      comment: 'Tools are for people who work on the project; the product must build without them.',
      severity: 'error',
      from: { pathNot: ['^(tools|e2e)/', '^(eslint|vitest)\\.config\\.(mjs|ts)$', testFile] },
      to: { path: '^(tools|e2e)/' },
    },
    {
      name: 'no-cycles',
      comment:
        'Two files that need each other are one thing, or hide a third that both need: split that out.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'imports-resolve',
      comment: 'This import leads nowhere: is the file there, and does the path end in .ts or .tsx?',
      severity: 'error',
      from: {},
      // better-sqlite3 is there as types only (@types/better-sqlite3).
      to: { couldNotResolve: true, pathNot: '^(better-sqlite3$|virtual:)' },
    },
    {
      name: 'libraries-have-a-home',
      comment:
        'A library without a row in `homes` (.dependency-cruiser.mjs). Choose its one folder, add the row, and say in ' +
        'docs/adr what it replaces.',
      severity: 'error',
      from: { path: `^(contract|native|preload|renderer|e2e|${programs})/` },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
        pathNot: `(^|/)node_modules/(@types/)?(${anyKnownLibrary})/`,
      },
    },
    {
      name: 'product-ships-its-libraries',
      comment:
        'The product imports a development dependency, which is not shipped: move it to `dependencies` in package.json.',
      severity: 'error',
      from: {
        path: `^(contract|native|${programs})/`,
        pathNot: testFile,
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: inPackage('electron') },
    },
    {
      name: 'libraries-are-declared',
      comment:
        'A library that package.json does not name comes and goes with others: declare it with an exact version.',
      severity: 'error',
      from: {},
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown'],
        // Parts of electron-builder, which pins them.
        pathNot: [inPackage('app-builder-lib'), inPackage('@electron/asar')],
      },
    },
    ...oneLibraryOneFolder,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|build|coverage|test-results)/' },
    // A type is a dependency too: the rooms hold for `import type`.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
    progress: { type: 'none' },
  },
};
