import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readChecks, readEndToEnd, readUnits, summaryLine, tallyOf, total } from './tally.mjs';

const unitReport = {
  numPassedTests: 7,
  numFailedTests: 0,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [{ status: 'passed', assertionResults: [{}] }],
};

describe('the tally of a test run', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'spira-tally-'));
    file = join(folder, 'report.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('adds up the runners and says it in one line', () => {
    const sum = total([
      { passed: 5, failed: 0, skipped: 0 },
      { passed: 100, failed: 2, skipped: 1 },
    ]);
    expect(summaryLine(sum)).toBe('105 passed, 2 failed, 1 skipped');
  });

  it('reads what each runner writes', () => {
    expect(readChecks([{ isGreen: true }, { isGreen: false }])).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(readUnits(unitReport)).toEqual({ passed: 7, failed: 0, skipped: 3 });
    expect(readEndToEnd({ stats: { expected: 4, unexpected: 1, flaky: 1, skipped: 2 }, errors: [] })).toEqual(
      {
        passed: 4,
        failed: 2,
        skipped: 2,
      },
    );
  });

  it('counts a test file that could not be loaded as a failure', () => {
    const report = { ...unitReport, testResults: [{ status: 'failed', assertionResults: [] }] };
    expect(readUnits(report).failed).toBe(1);
  });

  it('counts a runner that ended badly as a failure, with and without a report', () => {
    expect(tallyOf(file, 134, readUnits)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    writeFileSync(file, JSON.stringify(unitReport));
    expect(tallyOf(file, 1, readUnits)).toEqual({ passed: 7, failed: 1, skipped: 3 });
    expect(tallyOf(file, 0, readUnits)).toEqual({ passed: 7, failed: 0, skipped: 3 });
  });

  it('counts a runner that wrote nothing as a failure even when it claims success', () => {
    expect(tallyOf(file, 0, readUnits).failed).toBe(1);
  });
});
