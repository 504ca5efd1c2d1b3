/** Faults that a registry or a workstation might have one day. A simulation that misses one of them proves nothing. */
import { downwardBugs } from './planted-bugs-downward.ts';
import { moveBugs } from './planted-bugs-moves.ts';
import { upwardBugs } from './planted-bugs-upward.ts';
import type { Flaws } from './simulate.ts';

export const plantedBugs: Readonly<Record<string, Flaws>> = { ...upwardBugs, ...downwardBugs, ...moveBugs };
