import type { Problem } from '../../contract/result.ts';

/**
 * Thrown by `Store.write` and `Store.read` when the world fails and not the program: `disk-full`, `store-busy`,
 * `store-damaged`, `storage-unavailable`. Everything was rolled back; whoever runs a command answers the problem.
 */
export class StoreFailure extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code, { cause: problem.cause });
    this.name = 'StoreFailure';
    this.problem = problem;
  }
}
