/** Which use case answers which command. The table's type leaves no command out. */
import type { CommandName, commands } from '../../contract/app-api.ts';
import { ok } from '../../contract/result.ts';
import { acceptConsent } from './accept-consent.ts';
import { addNote } from './add-note.ts';
import type { Caller, Input, Output, Visitor } from './caller.ts';
import { completeSession } from './complete-session.ts';
import { createSession } from './create-session.ts';
import { listDefinitions } from './definitions.ts';
import { discardSession } from './discard-session.ts';
import { exportSessions } from './export-sessions.ts';
import { getSession } from './get-session.ts';
import { appendToImport, finishImport, startImport } from './import-take.ts';
import { chooseAnotherTake, overrideQuality } from './judge-takes.ts';
import {
  changePassword,
  createAccount,
  createFirstAccount,
  listAccounts,
  updateAccount,
} from './keep-accounts.ts';
import { followAlias, listOffers, retryOffer } from './keep-offers.ts';
import { installModel, listModels, removeModel, testModel } from './keep-models.ts';
import { listSessions } from './list-sessions.ts';
import { playTake } from './play-take.ts';
import { readAppState } from './read-app-state.ts';
import { readHome } from './read-home.ts';
import { listAudit, readStorage, showRecoveryKey, verifyAudit } from './read-storage.ts';
import { appendToTake, finishTake, startTake } from './record-take.ts';
import { replayForCaller } from './replay-screening.ts';
import { researchHandlers } from './research/handlers.ts';
import { saveDraft } from './save-draft.ts';
import { screenAgain } from './screen-session.ts';
import { saveAppearance, saveMicrophone, saveSettings } from './settings.ts';
import { lock, signIn, signOut, unlock } from './sign-in.ts';
import { skipStep } from './skip-step.ts';
import { saveSyncSettings, syncNow } from './sync/ask-sync.ts';
import { enrolWorkstation } from './sync/enrol-workstation.ts';
import { leaveRegistry } from './sync/leave-registry.ts';
import { readSyncState } from './sync/read-sync-state.ts';
import { listReviews, resolveReview } from './sync/reviews.ts';
import { withdrawSession } from './withdraw-session.ts';

type CallerOf<Name extends CommandName> = (typeof commands)[Name]['allowed'] extends 'anyone'
  ? Visitor
  : Caller;

export type Handlers = {
  readonly [Name in CommandName]: (
    caller: CallerOf<Name>,
    input: Input<Name>,
  ) => Promise<Output<Name>> | Output<Name>;
};

export const handlers: Handlers = {
  'app.state': readAppState,
  'people.create-first': createFirstAccount,
  'people.sign-in': signIn,
  'people.sign-out': signOut,
  'people.lock': lock,
  'people.unlock': unlock,
  // That it was asked is all there is to it: dispatch has wound the idle clock.
  'people.active': () => ok({}),
  'people.change-password': changePassword,
  'people.list': listAccounts,
  'people.create': createAccount,
  'people.update': updateAccount,
  'settings.save': saveSettings,
  'settings.appearance': saveAppearance,
  'settings.microphone': saveMicrophone,
  'storage.state': readStorage,
  'storage.recovery-key': showRecoveryKey,
  'audit.list': listAudit,
  'audit.verify': verifyAudit,
  'definitions.list': listDefinitions,
  'models.list': listModels,
  'models.test': testModel,
  'models.install': installModel,
  'models.remove': removeModel,
  'home.state': readHome,
  'sessions.list': listSessions,
  'sessions.get': getSession,
  'sessions.export': exportSessions,
  'sessions.create': createSession,
  'sessions.save-draft': saveDraft,
  'sessions.accept-consent': acceptConsent,
  'sessions.skip-step': skipStep,
  'sessions.choose-take': chooseAnotherTake,
  'sessions.override-quality': overrideQuality,
  'sessions.complete': completeSession,
  'sessions.screen': screenAgain,
  'sessions.replay': replayForCaller,
  'sessions.add-note': addNote,
  'sessions.discard': discardSession,
  'sessions.withdraw': withdrawSession,
  'models.offers': listOffers,
  'models.follow': followAlias,
  'models.retry-offer': retryOffer,
  'sync.state': readSyncState,
  'sync.now': syncNow,
  'sync.enrol': enrolWorkstation,
  'sync.leave': leaveRegistry,
  'sync.save-settings': saveSyncSettings,
  'sync.reviews': listReviews,
  'sync.resolve-review': resolveReview,
  ...researchHandlers,
  'recording.start': startTake,
  'recording.append': appendToTake,
  'recording.finish': finishTake,
  'recording.audio': playTake,
  'import.start': startImport,
  'import.append': appendToImport,
  'import.finish': finishImport,
};
