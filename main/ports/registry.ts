/** The registry as a workstation reaches it. */
import type { SessionId } from '../../contract/ids.ts';
import type { NamedKey, RegistryId, WorkstationId } from '../../contract/registry/ids.ts';
import type {
  EnrolAnswer,
  Enrolment,
  Item,
  ReceiptAnswer,
  ReceiptRequest,
  UploadMetadata,
} from '../../contract/registry/sync.ts';
import type { Moment } from '../../contract/localized.ts';
import type { Result } from '../../contract/result.ts';
import type { Cancellation } from './cancellation.ts';

export interface RegistryAddress {
  readonly url: string;
  /** Plain HTTP elsewhere than on this PC. */
  readonly allowsPlainHttp: boolean;
}

/** Who speaks with whom. Answers count only where they are signed with the pinned key. */
export interface RegistryPeers extends RegistryAddress {
  readonly registryId: RegistryId;
  readonly answerKey: NamedKey;
  readonly workstationId: WorkstationId;
  readonly privateKey: string;
  /** Epoch ms by the registry's clock, as near as it is known: proofs are dated by it. */
  readonly registryNowMs: () => number;
}

export interface ItemsToSend {
  readonly clock: Moment;
  readonly appVersion: string;
  readonly items: readonly Item[];
}

export interface ItemsAnswer {
  readonly serverTime: string;
  /** By place in the call; an item without an answer has none. */
  readonly answers: readonly {
    readonly index: number;
    readonly outcome: 'stored' | 'already' | 'conflict' | 'invalid' | 'gone' | 'not-yet';
    readonly reason: string | null;
  }[];
}

export interface UploadBody {
  readonly url: string;
  readonly offsetBytes: number;
  /** The whole file; what lies before the offset is not sent. */
  readonly bytes: Uint8Array;
  /** Settles when so many bytes more may be sent. */
  readonly pace: (bytes: number) => Promise<void>;
  /** How far the sending came, as this side sees it. */
  readonly onProgress: (offsetBytes: number) => void;
}

/**
 * Every call answers with a Result and never rejects for what a network does. Problems:
 * - `registry-unreachable`: no line, a cut, a time limit, or the call was cancelled; nothing is known of what came.
 * - `registry-answer-invalid`: something answered that is not the registry; nothing is to be believed.
 * - `registry-busy` (`retryAfterMs` where it said so).
 * - `registry-refused` (`code`): it does not let this workstation speak.
 * - `registry-clock` (`serverTime`): the proof was dated wrong.
 * - `registry-item-refused` (`code`, by the registry's problems): this one thing, and only this.
 * - `registry-other`: it is another registry; `registry-address-invalid`.
 */
export interface Registry {
  /** Which registry this is and what time it has; without a proof. */
  hello(
    peers: Pick<RegistryPeers, 'url' | 'allowsPlainHttp' | 'registryId' | 'answerKey'>,
    cancellation: Cancellation,
  ): Promise<Result<{ readonly serverTime: string }>>;
  /** `registry-code-wrong` too. The answer is signed with the key that it names; whether that is the right one, the caller finds out. */
  enrol(
    address: RegistryAddress,
    request: Enrolment,
    cancellation: Cancellation,
  ): Promise<Result<EnrolAnswer>>;
  sendItems(
    peers: RegistryPeers,
    request: ItemsToSend,
    cancellation: Cancellation,
  ): Promise<Result<ItemsAnswer>>;
  /** The same offer again leads to the same place, which may have bytes already; full: it was checked and is kept. */
  createUpload(
    peers: RegistryPeers,
    offer: { readonly metadata: UploadMetadata; readonly sizeBytes: number },
    cancellation: Cancellation,
  ): Promise<Result<{ readonly url: string; readonly offsetBytes: number }>>;
  /** How many bytes are safe there. */
  uploadOffset(
    peers: RegistryPeers,
    url: string,
    cancellation: Cancellation,
  ): Promise<Result<{ readonly offsetBytes: number }>>;
  /** Sends from the offset to the end; when it answers with the file's length, the file was checked and is kept. */
  upload(
    peers: RegistryPeers,
    body: UploadBody,
    cancellation: Cancellation,
  ): Promise<Result<{ readonly offsetBytes: number }>>;
  askReceipt(
    peers: RegistryPeers,
    sessionId: SessionId,
    request: ReceiptRequest,
    cancellation: Cancellation,
  ): Promise<Result<ReceiptAnswer>>;
  /** Changes after a sequence, unparsed: one that this program does not know spoils no other. */
  feed(
    peers: RegistryPeers,
    after: number,
    cancellation: Cancellation,
  ): Promise<
    Result<{ readonly changes: readonly unknown[]; readonly next: number; readonly hasMore: boolean }>
  >;
  /**
   * A model package from an offset on, piece by piece. Its hash is the receiver's to check; more bytes than announced end
   * the call.
   */
  modelPackage(
    peers: RegistryPeers,
    wanted: {
      /** Of the model: its manifest's hash. */
      readonly sha256: string;
      readonly packageSha256: string;
      readonly packageBytes: number;
      readonly offsetBytes: number;
    },
    receive: (piece: Uint8Array) => Promise<void>,
    cancellation: Cancellation,
  ): Promise<Result<null>>;
}
