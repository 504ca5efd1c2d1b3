/** What a hospital's findings say of a recording. */
import type { FhirMapping, FindingRule } from '../../../contract/registry/fhir-labels.ts';
import type { Finding } from './findings.ts';

type Rules = Pick<FhirMapping, 'rules' | 'window'>;

export interface RuledLabel {
  readonly value: string;
  /** Which finding, in codes and figures. */
  readonly evidence: string;
}

const hourMs = 3_600_000;

/** The span of time around a recording at `atMs` in which findings count, both ends included. */
export function spanAround(
  { window }: Pick<FhirMapping, 'window'>,
  atMs: number,
): { fromMs: number; toMs: number } {
  return { fromMs: atMs - window.beforeH * hourMs, toMs: atMs + window.afterH * hourMs };
}

/**
 * The first rule that a finding around the recording meets; of its findings the nearest in time. Undefined where none
 * does: that a patient has no finding says nothing.
 */
export function labelByFindings(
  { rules, window }: Rules,
  findings: readonly Finding[],
  atMs: number,
): RuledLabel | undefined {
  const span = spanAround({ window }, atMs);
  for (const rule of rules) {
    const [nearest] = findings
      .filter((finding) => isInSpan(finding, span) && meets(rule, finding))
      .toSorted((left, right) => distance(left, atMs) - distance(right, atMs));
    if (nearest !== undefined) return { value: rule.value, evidence: evidenceOf(rule, nearest) };
  }
  return undefined;
}

function isInSpan(
  finding: Finding,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): boolean {
  if (finding.kind === 'observation') return finding.atMs >= fromMs && finding.atMs <= toMs;
  return finding.fromMs <= toMs && (finding.untilMs === null || finding.untilMs >= fromMs);
}

function meets(rule: FindingRule, finding: Finding): boolean {
  if (codeMet(rule, finding) === undefined) return false;
  if (rule.kind === 'condition' || finding.kind === 'condition') return rule.kind === finding.kind;
  return (
    finding.unit === rule.unit &&
    (rule.below === undefined || finding.value < rule.below) &&
    (rule.atLeast === undefined || finding.value >= rule.atLeast)
  );
}

function codeMet(rule: FindingRule, { codes }: Finding): string | undefined {
  const isMet = (known: string, code: string): boolean =>
    known === code || (rule.kind === 'condition' && rule.withSubcodes && isSubcode(known, code));
  return codes.find(({ system, code }) =>
    rule.codes.some((wanted) => wanted.system === system && isMet(code, wanted.code)),
  )?.code;
}

/** ICD codes are written with a dot and without. */
function isSubcode(code: string, above: string): boolean {
  const [one, other] = [code.replaceAll('.', ''), above.replaceAll('.', '')];
  return one.startsWith(other);
}

function distance(finding: Finding, atMs: number): number {
  return Math.abs((finding.kind === 'observation' ? finding.atMs : finding.fromMs) - atMs);
}

function evidenceOf(rule: FindingRule, finding: Finding): string {
  const code = codeMet(rule, finding) ?? '';
  if (finding.kind === 'condition') return `Condition ${code} since ${instant(finding.fromMs)}`;
  const value = String(Math.round(finding.value * 100) / 100);
  return `Observation ${code}: ${value} ${finding.unit} at ${instant(finding.atMs)}`;
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
