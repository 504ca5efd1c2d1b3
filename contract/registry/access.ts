/**
 * Who may do what on whose data: the one table that the registry asks, and that its tests walk through as a matrix.
 * Anything that stands in no row is refused.
 */
import type { Role } from '../people.ts';

/** A caller without an account (`public`), a workstation by its proof, or an account by its token. */
export type Principal = 'public' | 'workstation' | Role;

interface Rule {
  readonly who: readonly Principal[];
  /**
   * `none`: nobody's data. `own`: what belongs to the caller's own account or workstation. `hospital`: what belongs to
   * a hospital of the caller's. `registry`: everybody's; the caller must be responsible for all hospitals.
   */
  readonly on: 'none' | 'own' | 'hospital' | 'registry';
}

export const access = {
  'health.read': { who: ['public', 'workstation', 'clinician', 'researcher', 'it'], on: 'none' },
  'token.create': { who: ['public'], on: 'none' },
  'first-account.create': { who: ['public'], on: 'none' },
  'workstations.enrol': { who: ['public'], on: 'none' },
  'sync.hello': { who: ['public', 'workstation'], on: 'none' },

  'sync.send': { who: ['workstation'], on: 'own' },
  'sync.feed': { who: ['workstation'], on: 'own' },
  'sync.fetch-model': { who: ['workstation'], on: 'own' },

  'account.read-own': { who: ['clinician', 'researcher', 'it'], on: 'own' },
  'account.change-own': { who: ['clinician', 'researcher', 'it'], on: 'own' },
  'accounts.read': { who: ['it'], on: 'hospital' },
  'accounts.write': { who: ['it'], on: 'hospital' },
  'hospitals.list': { who: ['clinician', 'researcher', 'it'], on: 'none' },
  'hospitals.write': { who: ['it'], on: 'registry' },
  'workstations.read': { who: ['it'], on: 'hospital' },
  'workstations.write': { who: ['it'], on: 'hospital' },
  'definitions.read': { who: ['clinician', 'researcher', 'it'], on: 'none' },
  'definitions.write': { who: ['it'], on: 'registry' },
  'audit.read': { who: ['it'], on: 'registry' },

  'sessions.read': { who: ['researcher', 'clinician'], on: 'hospital' },
  'recordings.read': { who: ['researcher', 'clinician'], on: 'hospital' },
  'sessions.export': { who: ['researcher'], on: 'hospital' },
  'sessions.withdraw': { who: ['researcher', 'clinician', 'it'], on: 'hospital' },
  'reviews.read': { who: ['it', 'researcher'], on: 'hospital' },
  'reviews.resolve': { who: ['it'], on: 'hospital' },

  'labels.read': { who: ['clinician', 'researcher'], on: 'hospital' },
  'labels.write': { who: ['clinician', 'researcher'], on: 'hospital' },
  'labels.assign': { who: ['researcher'], on: 'hospital' },
  'labels.import': { who: ['researcher'], on: 'hospital' },
  'labels.export': { who: ['researcher'], on: 'hospital' },

  'models.read': { who: ['clinician', 'researcher', 'it'], on: 'none' },
  'models.fetch': { who: ['researcher', 'it'], on: 'none' },
  'models.write': { who: ['it'], on: 'registry' },
  'aliases.write': { who: ['it'], on: 'registry' },
  'runs.read': { who: ['researcher', 'it'], on: 'none' },
  /** Artefacts that speak of single recordings, of whatever hospital. */
  'run-data.read': { who: ['researcher', 'it'], on: 'registry' },
  'runs.write': { who: ['researcher', 'it'], on: 'own' },
  'training-sessions.read': { who: ['researcher'], on: 'hospital' },
  'inferences.create': { who: ['clinician', 'researcher'], on: 'own' },
  'inferences.read': { who: ['clinician', 'researcher'], on: 'own' },
  'predictions.run': { who: ['clinician', 'researcher'], on: 'none' },

  'training-jobs.read': { who: ['researcher', 'it'], on: 'registry' },
  'training-jobs.write': { who: ['researcher', 'it'], on: 'registry' },
  'portion-sets.use': { who: ['researcher', 'it'], on: 'own' },
  /** Ids and hashes only: an account for workers needs no hospital. */
  'portions.work': { who: ['researcher', 'it'], on: 'none' },
} as const satisfies Record<string, Rule>;

export type Action = keyof typeof access;
export const actions = Object.keys(access) as readonly Action[];
