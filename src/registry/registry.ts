/** The registry as the other rooms see it: what can be asked of it, and what it can answer. */
import type { Credentials } from '../credentials/index.ts';
import type { Descriptor, Digest, Origin, Problem, RepositoryName, Tag } from '../model/index.ts';
import type { RegistryError } from './errors.ts';

export type RegistryOptions = {
  readonly origin: Origin;
  readonly credentials: Credentials;
  /** PEM text, one or more certificates; trusted beside the roots that Node and the machine trust. */
  readonly caCertificate?: string;
  readonly tlsVerify: boolean;
  /** Requests under way at once, over all repositories; lowered while the registry pushes back or slows down. */
  readonly concurrency: number;
  /** The longest that any answer, or the next piece of one, is waited for. Absent: as long as the request deserves. */
  readonly patienceMs?: number;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY (lower case too) are looked for. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userAgent: string;
  readonly sleep: (ms: number) => Promise<void>;
  /** As Math.random. */
  readonly random: () => number;
  readonly now: () => Date;
  /** Called with each token received, before it is used: to be masked. */
  readonly onSecret: (secret: string) => void;
  /** Called for each request, retries and token requests included, when its answer is complete or it failed. */
  readonly onRequest?: (seen: RequestRecord) => void;
  /** Called with a sentence where the registry sets the pace: it asks for a pause, or counts requests down. Once each. */
  readonly onNotice?: (line: string) => void;
  /**
   * Begins nothing more and gives up what only reads: these calls throw the signal's reason. A write that is under way is
   * finished, and isn't tried again. See `Registry.finishing`.
   */
  readonly interrupted?: AbortSignal;
  /** Ends what is under way: the calls throw the signal's reason. */
  readonly signal?: AbortSignal;
};

export type RequestRecord = {
  readonly method: string;
  /** Path and query without secrets; a whole URL where it is not the registry's origin (a token service, a storage). */
  readonly path: string;
  /** `undefined`: no answer. */
  readonly status: number | undefined;
  readonly durationMs: number;
};

/** It could not be read, and so it may hold anything: keep it. `why` is ready to be shown, cleaned. */
export type Unreadable = { readonly kind: 'unreadable'; readonly why: string };
export type Absent = { readonly kind: 'absent' };

export type TagList =
  | {
      readonly kind: 'listed';
      /** Each once, in the registry's order. */
      readonly tags: readonly Tag[];
      /** Names that are no tags. */
      readonly problems: readonly Problem[];
    }
  | { readonly kind: 'no-such-repository' };

export type ManifestHead = (Descriptor & { readonly kind: 'found' }) | Absent | Unreadable;

export type ManifestBody =
  | { readonly kind: 'found'; readonly digest: Digest; readonly mediaType: string; readonly bytes: Uint8Array }
  | Absent
  | Unreadable;

export type BlobBody = { readonly kind: 'found'; readonly bytes: Uint8Array } | Absent | Unreadable;

/** Whether the repository serves a blob, and its size in bytes as the registry says it. */
export type BlobHead = { readonly kind: 'found'; readonly size: number } | Absent | Unreadable;

/** A blob whose bytes were read to their end and not kept. */
export type BlobRead =
  | { readonly kind: 'found'; readonly size: number }
  /** It is served, and isn't what its digest says: what a cache answers for a blob that was collected. */
  | { readonly kind: 'damaged'; readonly why: string }
  | Absent
  | Unreadable;

export type OpenedUpload = {
  readonly kind: 'opened';
  /** What the registry calls it; text from outside. '' where it doesn't say. */
  readonly id: string;
  /** Never rejects; false where the registry doesn't confirm it: then it forgets the upload by itself, some day. */
  cancel(): Promise<boolean>;
};

export type Referrer = Descriptor & { readonly artifactType?: string };
export type Referrers =
  | { readonly kind: 'found'; readonly descriptors: readonly Referrer[] }
  /** The registry has no such API (404): its fallback tags say it. */
  | { readonly kind: 'unsupported' };

export type Refused = {
  readonly kind: 'refused';
  readonly status: number;
  /** The registry's own, cleaned: `UNSUPPORTED`, `DIGEST_INVALID`. */
  readonly codes: readonly string[];
  /** The registry is in its read-only mode: it refuses every write. */
  readonly readOnly: boolean;
  /** The same in words. */
  readonly error: RegistryError;
};

export type DeleteAnswer =
  /** `certain: false`: a try was cut and the next one answered 404, so that something may be left (ghosts). */
  { readonly kind: 'deleted'; readonly certain: boolean } | Absent | Refused;

/**
 * One registry, for one account. Calls may run side by side; each takes its turn. Every call throws RegistryError where
 * the registry can't be reached, the account isn't let in or may not do this (401, 403), is rate-limited for too long,
 * or the registry is out of order (502, 503, 504 after the retries); what concerns one manifest alone is an answer.
 */
export type Registry = {
  readonly origin: Origin;
  /** How many requests may be under way at once: who asks for more at a time only holds in memory what waits. */
  readonly concurrency: number;
  /** Once it is aborted a call that throws its reason has changed nothing: it was not sent, or it only read. */
  readonly interrupted: AbortSignal;
  /** The same, for what must not be left half done: its calls are carried out after an interruption, too. */
  readonly finishing: Registry;
  /** Whether this is a registry that lets the account in. Throws RegistryError with the sentence for each way it isn't. */
  ping(): Promise<void>;
  /**
   * Whether a registry answers there at this moment, be it that it wants an account: asked once, without credentials,
   * and `timeoutMs` is all the patience there is. What a proxy says in its place (502, 503) is no answer. Never throws.
   */
  answers(timeoutMs: number): Promise<boolean>;
  /** Every repository that the account sees, each once. Names that break the grammar are left out: nothing can be asked of them. */
  listRepositories(): Promise<readonly RepositoryName[]>;
  /** Complete, or it throws: a page that can't be read is never taken for the last one, and no tag may come twice. */
  listTags(repository: RepositoryName): Promise<TagList>;
  headManifest(repository: RepositoryName, reference: Tag | Digest): Promise<ManifestHead>;
  /** The bytes match the digest. */
  getManifest(repository: RepositoryName, reference: Tag | Digest): Promise<ManifestBody>;
  /** A config blob, at most 8 MiB; its bytes match the digest. */
  getConfig(repository: RepositoryName, descriptor: Descriptor): Promise<BlobBody>;
  headBlob(repository: RepositoryName, digest: Digest): Promise<BlobHead>;
  /** Reads a blob of any size to its end, counts and hashes its bytes, and keeps none of them. */
  readBlob(repository: RepositoryName, digest: Digest): Promise<BlobRead>;
  getReferrers(repository: RepositoryName, digest: Digest): Promise<Referrers>;
  /**
   * What a DELETE came to; 400, 401, 403, 405 and every other status but 429 are answers. Throws where the transport
   * failed after the retries, or the token service did.
   */
  deleteManifest(repository: RepositoryName, reference: Tag | Digest): Promise<DeleteAnswer>;
  /** Answers the digest of the bytes, which the registry confirmed as far as it says one. */
  putManifest(
    repository: RepositoryName,
    reference: Tag | Digest,
    mediaType: string,
    bytes: Uint8Array,
  ): Promise<Digest>;
  /** Uploads nothing where the repository has the blob. */
  putBlob(repository: RepositoryName, bytes: Uint8Array): Promise<Digest>;
  /**
   * Begins the upload of a blob, to be cancelled. In a repository that isn't there it makes one. Every status but 429 is
   * an answer; throws where the transport failed after the retries, or the token service did.
   */
  openUpload(repository: RepositoryName): Promise<OpenedUpload | Refused>;
  /** Closes the connections. What is under way ends first. */
  close(): Promise<void>;
};
