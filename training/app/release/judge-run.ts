import type { Person, ReleasedModel, Verdict } from '../../../contract/training/release.ts';
import { failedRules, judgeRelease, type Approval } from '../../core/gate/judge-release.ts';
import { done, type Outcome } from '../../core/outcome.ts';
import type { ModelRegistry } from '../../ports/model-registry.ts';
import { approvalsOf, readRelease, type Release, type ReleasePorts } from './release.ts';

export interface JudgedRelease {
  readonly release: Release;
  readonly verdicts: readonly Verdict[];
  readonly isPassed: boolean;
}

/** The gate on a packaged run, noted in the log. A run that does not pass is no refusal here: its verdicts say why. */
export async function judgeRun(
  { id, by, registry }: { readonly id: string; readonly by: Person; readonly registry?: ModelRegistry },
  ports: ReleasePorts,
): Promise<Outcome<JudgedRelease>> {
  const release = await readRelease(id, ports);
  if (!release.ok) return release;
  return judge({ release: release.value, by, ...(registry === undefined ? {} : { registry }) }, ports);
}

interface JudgeRequest {
  readonly release: Release;
  readonly by: Person;
  readonly registry?: ModelRegistry;
  /** Asks the registry after approvers and after who keeps the run; only who may see all accounts can. */
  readonly asksForAccounts?: boolean;
}

export async function judge(
  { release, by, registry, asksForAccounts = false }: JudgeRequest,
  ports: ReleasePorts,
): Promise<Outcome<JudgedRelease>> {
  const { record, model, report, leaks } = release;
  const decisions = await ports.decisions.list();
  if (!decisions.ok) return decisions;
  const current = await currentOf(record.configuration.publish.alias, model, registry);
  if (!current.ok) return current;
  const given = approvalsOf(decisions.value, model);
  const approvals =
    registry !== undefined && asksForAccounts ? await withoutGone(given, registry) : done(given);
  if (!approvals.ok) return approvals;
  const keeper =
    registry !== undefined && asksForAccounts ? await registry.keeperOf(record) : done(undefined);
  if (!keeper.ok) return keeper;
  const verdicts = judgeRelease({
    settings: record.configuration.gate,
    report,
    leaks,
    // Who signed in to keep the run is proven; whom its record names was only said.
    trainedBy: [
      ...new Set([...(record.trainedBy ?? []), ...(keeper.value === undefined ? [] : [keeper.value])]),
    ],
    approvals: approvals.value,
    registry: registry?.url ?? null,
    ...(current.value === undefined ? {} : { current: current.value }),
  });
  const isPassed = failedRules(verdicts).length === 0;
  const noted = await ports.decisions.append({
    at: ports.surroundings.now().toISOString(),
    run: record.id,
    model,
    by,
    decision: { kind: 'gate', outcome: isPassed ? 'passed' : 'refused', verdicts: [...verdicts] },
  });
  return noted.ok ? done({ release, verdicts, isPassed }) : noted;
}

/** What the alias points at; null: nowhere yet; undefined: without a registry nobody knows. */
async function currentOf(
  alias: string,
  { name }: ReleasedModel,
  registry: ModelRegistry | undefined,
): Promise<Outcome<ReleasedModel | null | undefined>> {
  if (registry === undefined) return done(undefined);
  const versions = await registry.versions(name);
  if (!versions.ok) return versions;
  const found = versions.value.find(({ aliases }) => aliases.includes(alias));
  return done(found === undefined ? null : { name, version: found.version, sha256: found.sha256 });
}

/** Without those by accounts that the registry no longer knows, or has disabled. */
async function withoutGone(
  approvals: readonly Approval[],
  registry: ModelRegistry,
): Promise<Outcome<readonly Approval[]>> {
  const counted: Approval[] = [];
  for (const approval of approvals) {
    const { by } = approval;
    const isActive =
      by.kind === 'account' && by.registry === registry.url ? await registry.isActive(by) : done(true);
    if (!isActive.ok) return isActive;
    if (isActive.value) counted.push(approval);
  }
  return done(counted);
}
