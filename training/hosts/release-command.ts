/** `npm run train -- gate`, `approve`, `publish` and `decisions`: between a packaged run and the wards. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { trainingExitCodes } from '../../contract/training/exit-codes.ts';
import { personSchema, type Decision, type Person, type Verdict } from '../../contract/training/release.ts';
import { runIdSchema } from '../../contract/training/run.ts';
import { diskContents } from '../adapters/disk/contents.ts';
import { diskDecisions } from '../adapters/disk/decisions.ts';
import { diskRuns } from '../adapters/disk/runs.ts';
import { tarPackages } from '../adapters/model-packages/model-packages.ts';
import { commandSigner, keyFileSigner } from '../adapters/model-signing/model-signing.ts';
import { registryModels } from '../adapters/registry-http/models-client.ts';
import { systemSurroundings } from '../adapters/system/surroundings.ts';
import { approveRun } from '../app/release/approve-run.ts';
import { judgeRun } from '../app/release/judge-run.ts';
import { publishRun } from '../app/release/publish-run.ts';
import type { ReleasePorts } from '../app/release/release.ts';
import { nameOf } from '../core/gate/persons.ts';
import { done, refuse, type Outcome } from '../core/outcome.ts';
import type { ModelRegistry } from '../ports/model-registry.ts';
import type { ModelSigner } from '../ports/model-signer.ts';
import { progressLine, reportRefusal, usageError, type Command } from './command.ts';
import { nameOfCaller, openRegistry, registryHelp, registryOptions } from './registry-access.ts';
import { defaultStore } from './step-command.ts';

const { done: exitDone, refused, wrongOptions, refusedByGate, inUse } = trainingExitCodes;

const help = `Usage: npm run train -- gate --run ID [options]
       npm run train -- approve --run ID --why TEXT [options]
       npm run train -- publish --run ID --why TEXT (--key FILE | --sign-command JSON) [options]
       npm run train -- decisions [options]

"gate" asks every rule of the configuration (gate) of a packaged run and prints the verdicts. "approve" notes that
you, who had no step of the run done, answer for this very model. "publish" asks the gate again, signs the manifest,
sends the model to the registry and points the alias of the configuration (publish.alias) at it; started again, it
goes on where it stopped. "decisions" prints the log in which all of this is noted.

  --run ID              a run whose step "package" is done
  --why TEXT            the reason, for the log and the registry
  --store FOLDER        where runs are kept (default ${defaultStore})
${registryHelp}  --key FILE            private key that signs (npm run registry:sign-model -- --make-key FILE)
  --sign-command JSON   a command that signs instead, as a JSON array of its words; it gets the path of the model
                        folder as its last word and prints {"keyId": …, "signature": …}
  --json                what is printed as JSON

Exit codes: ${exitDone} done, ${refused} refused, ${wrongOptions} wrong options, ${refusedByGate} the gate does not let the model pass (or the approval of
who trained it), ${inUse} another process works on the run.
`;

const helpCommand = 'npm run train -- publish --help';

const options = {
  run: { type: 'string' },
  why: { type: 'string' },
  store: { type: 'string' },
  ...registryOptions,
  key: { type: 'string' },
  'sign-command': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const runGate = command(
  { needsRun: true, needsWhy: false },
  async ({ id, isJson, by, registry, ports }) => {
    const judged = await judgeRun({ id, by, ...(registry === undefined ? {} : { registry }) }, ports);
    if (!judged.ok) return reportRefusal(judged.refusal);
    const { verdicts, isPassed } = judged.value;
    print(isJson, verdicts, () => describeVerdicts(verdicts));
    return isPassed ? exitDone : refusedByGate;
  },
);

export const runApprove = command(
  { needsRun: true, needsWhy: true },
  async ({ id, why, isJson, by, ports }) => {
    const approved = await approveRun({ id, why, by }, ports);
    if (!approved.ok) return reportRefusal(approved.refusal);
    const { model } = approved.value;
    print(
      isJson,
      { model, by, why },
      () => `${nameOf(by)} approves ${model.name} ${model.version} (manifest ${model.sha256})`,
    );
    return exitDone;
  },
);

export const runPublish = command(
  { needsRun: true, needsWhy: true },
  async ({ id, why, isJson, registry, signer, ports }) => {
    if (registry === undefined) {
      return reportRefusal({
        what: 'no registry is named, and a model is published nowhere else',
        wayOut: 'Give --registry, --as and --password-file.',
      });
    }
    if (signer === undefined) return usageError('--key or --sign-command is missing', helpCommand);
    const published = await publishRun(
      { id, why },
      { ...ports, registry, signer, packages: tarPackages, progress: progressLine },
    );
    if (!published.ok) return reportRefusal(published.refusal);
    const { release, alias, isUploaded, isRepeated } = published.value;
    const { model } = release;
    print(
      isJson,
      { model, registry: registry.url, alias, isUploaded, isRepeated },
      () =>
        `${model.name} ${model.version} is ${alias} at ${registry.url}${isRepeated ? ', as it was before' : ''}`,
    );
    return exitDone;
  },
);

export const listDecisions = command({ needsRun: false, needsWhy: false }, async ({ isJson, ports }) => {
  const decisions = await ports.decisions.list();
  if (!decisions.ok) return reportRefusal(decisions.refusal);
  print(isJson, decisions.value, () => decisions.value.map(describeDecision).join('\n'));
  return exitDone;
});

interface Given {
  readonly id: string;
  readonly why: string;
  readonly isJson: boolean;
  readonly by: Person;
  readonly registry: ModelRegistry | undefined;
  readonly signer: ModelSigner | undefined;
  readonly ports: ReleasePorts;
}

function command(
  { needsRun, needsWhy }: { readonly needsRun: boolean; readonly needsWhy: boolean },
  work: (given: Given) => Promise<number>,
): Command {
  return async (args) => {
    let values;
    try {
      ({ values } = parseArgs({ args: [...args], options, strict: true }));
    } catch (error) {
      return usageError((error as Error).message, helpCommand);
    }
    if (values.help === true) {
      process.stdout.write(help);
      return exitDone;
    }
    const { run = '', why = '' } = values;
    if (needsRun && !runIdSchema.safeParse(run).success) {
      return usageError(run === '' ? '--run is missing' : `--run "${run}" cannot name a run`, helpCommand);
    }
    if (needsWhy && why.trim() === '') return usageError('--why is missing', helpCommand);
    const signer = signerOf(values);
    if (!signer.ok) return usageError(signer.refusal.what, helpCommand);
    const connection = needsRun ? await openRegistry(values) : done(undefined);
    if (!connection.ok) return reportRefusal(connection.refusal);
    const registry = connection.value === undefined ? undefined : registryModels(connection.value);
    const by = needsRun
      ? await personOf(registry, nameOfCaller(values))
      : done({ kind: 'named', name: '-' } as const);
    if (!by.ok) return reportRefusal(by.refusal);
    const store = resolve(values.store ?? defaultStore);
    return work({
      id: run,
      why: why.trim(),
      isJson: values.json === true,
      by: by.value,
      registry,
      signer: signer.value,
      ports: {
        runs: diskRuns(join(store, 'runs')),
        contents: diskContents(store),
        surroundings: systemSurroundings(progressLine),
        decisions: diskDecisions(join(store, 'decisions.jsonl')),
      },
    });
  };
}

async function personOf(registry: ModelRegistry | undefined, name: string): Promise<Outcome<Person>> {
  if (registry !== undefined) return registry.me();
  const person = personSchema.safeParse({ kind: 'named', name });
  return person.success ? done(person.data) : refuse(`"${name}" cannot name a person`, 'Give --as NAME.');
}

function signerOf(values: {
  readonly key?: string | undefined;
  readonly 'sign-command'?: string | undefined;
}): Outcome<ModelSigner | undefined> {
  const { key, 'sign-command': text } = values;
  if (key !== undefined && text !== undefined)
    return refuse('--key and --sign-command exclude each other', '');
  if (key !== undefined) return done(keyFileSigner(key));
  if (text === undefined) return done(undefined);
  let words: unknown;
  try {
    words = JSON.parse(text);
  } catch {
    words = undefined;
  }
  if (Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string')) {
    return done(commandSigner(words as [string, ...string[]]));
  }
  return refuse('--sign-command is not a JSON array of words', '');
}

function describeVerdicts(verdicts: readonly Verdict[]): string {
  const words = { passed: 'passed', failed: 'FAILED', 'not-applicable': 'not judged' };
  return verdicts
    .map(({ rule, outcome, says }) => `${words[outcome].padEnd(10)}  ${rule}: ${says}`)
    .join('\n');
}

function describeDecision({ sequence, at, run, model, by, decision }: Decision): string {
  const what = ((): string => {
    switch (decision.kind) {
      case 'gate': {
        const failed = decision.verdicts
          .filter(({ outcome }) => outcome === 'failed')
          .map(({ rule }) => rule);
        return decision.outcome === 'passed' ? 'gate passed' : `gate refused: ${failed.join(', ')}`;
      }
      case 'approval':
        return `approval ${decision.outcome}: ${decision.why}`;
      case 'publication':
        return `published as ${decision.alias} at ${decision.registry}: ${decision.why}`;
    }
  })();
  return `${sequence}  ${at}  ${run}  ${model.name} ${model.version}  ${nameOf(by)}  ${what}`;
}

function print(isJson: boolean, value: unknown, describe: () => string): void {
  process.stdout.write(`${isJson ? JSON.stringify(value) : describe()}\n`);
}
