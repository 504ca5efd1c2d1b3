// What the set-up scripts say: short lines on the error stream, so that a program's own output stays clean.

/** @param {string} text */
export function say(text) {
  process.stderr.write(`spira: ${text}\n`);
}

/**
 * Says what is wrong and how to get on, and ends the process.
 * @param {string} text
 * @returns {never}
 */
export function giveUp(text) {
  process.stderr.write(`\nspira: ${text}\n\n`);
  process.exit(1);
}
