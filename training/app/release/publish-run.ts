/** A packaged run becomes a version of the registry: gate, signature, upload, alias, each noted in the log. */
import type { Person } from '../../../contract/training/release.ts';
import { failedRules } from '../../core/gate/judge-release.ts';
import { nameOf } from '../../core/gate/persons.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { ModelPackages } from '../../ports/model-packages.ts';
import type { ModelRegistry, RegistryVersion } from '../../ports/model-registry.ts';
import type { ModelSigner } from '../../ports/model-signer.ts';
import { judge, type JudgedRelease } from './judge-run.ts';
import { approvalsOf, readRelease, type Release, type ReleasePorts } from './release.ts';

export interface PublishPorts extends ReleasePorts {
  readonly registry: ModelRegistry;
  readonly signer: ModelSigner;
  readonly packages: Pick<ModelPackages, 'pack'>;
  progress(line: string): void;
}

export interface Publication {
  readonly release: Release;
  readonly alias: string;
  /** False where the registry had the version already. */
  readonly isUploaded: boolean;
  /** True where the alias pointed at the version already: nothing was changed. */
  readonly isRepeated: boolean;
}

const longestWhy = 500;

/**
 * Goes on where it stopped: what the registry already has is not sent again. Refuses with kind `gate` where a rule
 * fails, each failed rule with its figures.
 */
export async function publishRun(
  { id, why }: { readonly id: string; readonly why: string },
  ports: PublishPorts,
): Promise<Outcome<Publication>> {
  const claim = await ports.runs.claim(id);
  if (!claim.ok) return claim;
  try {
    return await publish({ id, why }, ports);
  } finally {
    await claim.value.release();
  }
}

async function publish(
  { id, why }: { readonly id: string; readonly why: string },
  ports: PublishPorts,
): Promise<Outcome<Publication>> {
  const { registry, progress } = ports;
  const release = await readRelease(id, ports);
  if (!release.ok) return release;
  const { model } = release.value;
  const { alias } = release.value.record.configuration.publish;
  const me = await registry.me();
  if (!me.ok) return me;
  const known = await knownVersion(release.value, registry);
  if (!known.ok) return known;
  if (known.value?.aliases.includes(alias) === true) {
    progress(`${alias} points at ${model.name} ${model.version} already`);
    return noteOnce({ release: release.value, alias, why, by: me.value, keyId: known.value.keyId }, ports);
  }
  const judged = await judge(
    { release: release.value, by: me.value, registry, asksForAccounts: true },
    ports,
  );
  if (!judged.ok) return judged;
  if (!judged.value.isPassed) return refuseGate(judged.value);
  progress(`the gate lets ${model.name} ${model.version} pass`);

  const signature = await ports.signer.sign(release.value.files);
  if (!signature.ok) return signature;
  const isUploaded = known.value === undefined;
  if (isUploaded) {
    progress(`sending ${model.name} ${model.version} to ${registry.url}`);
    const packed = await ports.packages.pack(release.value.files);
    const uploaded = await registry.upload(packed, signature.value);
    if (!uploaded.ok) return uploaded;
    if (uploaded.value.sha256 !== model.sha256) {
      return refuse('the registry keeps another model than the one that was sent', 'Look into its log.');
    }
  }
  const set = await registry.setAlias({
    name: model.name,
    alias,
    version: model.version,
    why: await reasonOf(release.value, why, ports),
  });
  if (!set.ok) return set;
  const noted = await ports.decisions.append({
    at: ports.surroundings.now().toISOString(),
    run: id,
    model,
    by: me.value,
    decision: {
      kind: 'publication',
      registry: registry.url,
      alias,
      keyId: known.value?.keyId ?? signature.value.keyId,
      isUploaded,
      why,
    },
  });
  if (!noted.ok) return noted;
  return done({ release: release.value, alias, isUploaded, isRepeated: false });
}

/** The version as the registry has it; refuses one of the same name and number with other content. */
async function knownVersion(
  { model }: Release,
  registry: ModelRegistry,
): Promise<Outcome<RegistryVersion | undefined>> {
  const versions = await registry.versions(model.name);
  if (!versions.ok) return versions;
  const known = versions.value.find(({ version }) => version === model.version);
  if (known === undefined || known.sha256 === model.sha256) return done(known);
  return refuse(
    `the registry has another ${model.name} ${model.version}`,
    'A version never changes: raise model.version and run the step "package" again.',
    [`at the registry: ${known.sha256}`, `of this run: ${model.sha256}`],
  );
}

interface Repeated {
  readonly release: Release;
  readonly alias: string;
  readonly why: string;
  readonly by: Person;
  readonly keyId: string;
}

/** A process may have died after the alias was set and before that was noted. */
async function noteOnce(
  { release, alias, why, by, keyId }: Repeated,
  ports: PublishPorts,
): Promise<Outcome<Publication>> {
  const { model, record } = release;
  const published = { release, alias, isUploaded: false, isRepeated: true };
  const decisions = await ports.decisions.list();
  if (!decisions.ok) return decisions;
  const isNoted = decisions.value.some(
    ({ model: { sha256 }, decision }) =>
      decision.kind === 'publication' &&
      sha256 === model.sha256 &&
      decision.registry === ports.registry.url &&
      decision.alias === alias,
  );
  if (isNoted) return done(published);
  const noted = await ports.decisions.append({
    at: ports.surroundings.now().toISOString(),
    run: record.id,
    model,
    by,
    decision: { kind: 'publication', registry: ports.registry.url, alias, keyId, isUploaded: false, why },
  });
  return noted.ok ? done(published) : noted;
}

/** What stands with the alias in the registry: the reason given, the run, and who approved. */
async function reasonOf({ record, model }: Release, why: string, ports: PublishPorts): Promise<string> {
  const decisions = await ports.decisions.list();
  const approval = decisions.ok ? approvalsOf(decisions.value, model).at(-1) : undefined;
  const facts = [
    `run ${record.id}`,
    approval === undefined ? 'without approval' : `approved by ${nameOf(approval.by)}: ${approval.why}`,
  ];
  return `${why} (${facts.join('; ')})`.slice(0, longestWhy);
}

function refuseGate({ release: { model }, verdicts }: JudgedRelease): Outcome<never> {
  const failed = failedRules(verdicts);
  return {
    ok: false,
    refusal: {
      what: `the release gate refuses ${model.name} ${model.version}: ${failed.map(({ rule }) => rule).join(', ')}`,
      items: failed.map(({ rule, says }) => `${rule}: ${says}`),
      wayOut: 'Better data, another fit, or rules of the configuration (gate) that a person answers for.',
      kind: 'gate',
    },
  };
}
