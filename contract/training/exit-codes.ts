/** How `npm run train` ends, for whatever started it: a shell, the registry, Airflow, Kubernetes. */
export const trainingExitCodes = {
  done: 0,
  /** Data, configuration or disk; said on standard error, and in the run's record. */
  refused: 1,
  wrongOptions: 2,
  /** The release gate does not let the model pass: trying again changes nothing. */
  refusedByGate: 3,
  /** Another process works on the run: try again later. */
  inUse: 75,
  /** Told to stop; the run goes on from here when it is started again. */
  cancelled: 130,
} as const;
