// Adds up what the runners report. A runner that ended badly without naming a failed test counts as one failure: a
// crash must never read as green.
import { readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/** @type {Tally} */
export const nothing = { passed: 0, failed: 0, skipped: 0 };

/**
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
export function total(tallies) {
  return tallies.reduce(
    (sum, tally) => ({
      passed: sum.passed + tally.passed,
      failed: sum.failed + tally.failed,
      skipped: sum.skipped + tally.skipped,
    }),
    nothing,
  );
}

/** @param {Tally} tally */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * @param {string} file
 * @param {number} exitCode of the runner
 * @param {(report: any) => Tally} read
 * @returns {Tally}
 */
export function tallyOf(file, exitCode, read) {
  const crashed = { ...nothing, failed: 1 };
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return crashed;
  }
  const tally = read(report);
  return exitCode !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

/** @param {readonly { isGreen: boolean }[]} verdicts */
export function readChecks(verdicts) {
  const passed = verdicts.filter((verdict) => verdict.isGreen).length;
  return { passed, failed: verdicts.length - passed, skipped: 0 };
}

/** @param {any} report of vitest's JSON reporter; a file that could not be loaded is one failure */
export function readUnits(report) {
  const unloaded = report.testResults.filter(
    (/** @type {any} */ file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
}

/** @param {any} report of playwright's JSON reporter; a test that passed only on a second try did not pass */
export function readEndToEnd(report) {
  const { expected, unexpected, flaky, skipped } = report.stats;
  return { passed: expected, failed: unexpected + flaky + report.errors.length, skipped };
}
