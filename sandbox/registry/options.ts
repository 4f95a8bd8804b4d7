/** sandbox/registry/: what can be asked of the sandbox registry, and what it tells about itself. */
import type { Target } from '../push/upload.ts';
import type { Store } from './store.ts';

/**
 * Whose behaviour is copied: distribution 2.8.x, distribution 3.1.1, or a registry that follows distribution spec 1.1
 * with the referrers API and deletes by tag.
 */
export type SandboxProfile = 'distribution-2.8' | 'distribution-3.1' | 'oci-1.1';

/** `disabled`: every DELETE of a manifest is 405 UNSUPPORTED. `read-only`: every write is 405 in plain text. */
export type Deletes = 'enabled' | 'disabled' | 'read-only';

export type Action = 'pull' | 'push' | 'delete';
/** By repository name; `*` stands for every repository that isn't named, the catalog included. */
export type Rights = Readonly<Record<string, readonly Action[]>>;
export type SandboxUser = {
  readonly username: string;
  readonly password: string;
  /** Default: everything everywhere. */
  readonly rights?: Rights;
  /** Taken as a refresh token, as `docker login` stores one in place of a password. */
  readonly identityToken?: string;
};

export type SandboxAuth =
  | { readonly kind: 'none' }
  /** One user; what the rights don't allow is 403 DENIED. */
  | { readonly kind: 'basic'; readonly username: string; readonly password: string; readonly rights?: Rights }
  | {
      readonly kind: 'token';
      readonly users: readonly SandboxUser[];
      /** What a token asked for without credentials may do; default nothing. */
      readonly anonymous?: Rights;
      /** `other`: the token endpoint listens on a port of its own, hence another origin. Default `same`. */
      readonly tokenOrigin?: 'same' | 'other';
      /** Default 300. A token is refused from that moment on; 0 makes every token expired at birth. */
      readonly lifetimeSeconds?: number;
      /** Which requests the endpoint takes, the other one is 405. Default both. */
      readonly methods?: 'both' | 'get' | 'post';
      /** The name of the field that holds the token. Default `token`, as the Docker token specification has it. */
      readonly tokenField?: 'token' | 'access_token';
      /** Parts of the challenge that are left out, as some registries do. */
      readonly challengeWithout?: readonly ('service' | 'scope')[];
      /** A `Basic` challenge stands beside the `Bearer` one, in one header, and user and password are taken too. */
      readonly offersBasic?: boolean;
    };

export type SandboxOptions = {
  /** Default `distribution-3.1`. */
  readonly profile?: SandboxProfile;
  /** Default 0: any free port of 127.0.0.1. */
  readonly port?: number;
  readonly deletes?: Deletes;
  readonly auth?: SandboxAuth;
  /** A path in front of `/v2/`, such as `/registry`. */
  readonly pathPrefix?: string;
  /** The largest page of a tags list (`tags.maxtags`, default 1000); without effect on 2.8, which knows no pages. */
  readonly tagsPerPage?: number;
  /** The largest page of the catalog (`catalog.maxentries`, default 1000): asking for more is 400. */
  readonly repositoriesPerPage?: number;
  /** Milliseconds before each answer. */
  readonly latencyMs?: number;
  /** Pushes and DELETEs of manifests are 405 UNSUPPORTED, as a pull-through cache answers. */
  readonly pullThroughCache?: boolean;
  /** GET of a blob is 307 to another origin, as registries on object storage answer. */
  readonly redirectBlobs?: boolean;
  /** Speaks https with these, PEM text. */
  readonly tls?: { readonly key: string; readonly cert: string };
};

/**
 * One request, in the order of arrival, the token endpoint's included. What carries the sandbox's own `authorization`
 * is the test's doing: it isn't recorded, and neither hooks nor overrides touch it.
 */
export type RecordedRequest = {
  readonly method: string;
  /** Path and query as they came, such as `/v2/apps/web/tags/list?n=2`. */
  readonly path: string;
  /** Without a value: still under way, or the connection was dropped. */
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Which of its own servers answered: `aside` is the other origin, of `tokenOrigin` and `redirectBlobs`. */
  readonly server: 'registry' | 'aside';
};

export type RequestMatch = {
  /** Any, if left out. */
  readonly method?: string;
  /** Against path and query. */
  readonly path: RegExp;
  /** Only the k-th request (from 1) that matches, counted from the call on. */
  readonly nth?: number;
};

export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  /**
   * `connection`: closed without a byte of an answer. `body`: headers with the full length, half of the body, then
   * closed.
   */
  readonly drop?: 'connection' | 'body';
  readonly delayMs?: number;
};

/** Instead of the registry's own answer (the request is not carried out), or made from it (it is). */
export type AnswerOverride = Answer | ((real: Answer) => Answer);

export type SandboxRegistry = {
  /** Origin with the path prefix, without a slash at the end. */
  readonly url: string;
  readonly profile: SandboxProfile;
  /**
   * An `Authorization` header that may do everything but delete where deletes are off, whatever `auth` says. With it
   * and `url` the sandbox is a target for `push.ts`, and pushing leaves no trace in `requests`.
   */
  readonly authorization: string;
  /** The same without the network, for those who push much. */
  readonly direct: Target;
  /** Where tokens are given out, with `auth` of kind `token`. */
  readonly tokenUrl: string | undefined;
  readonly requests: readonly RecordedRequest[];
  /** Empties `requests`: what comes now is the next phase. */
  forgetRequests(): void;
  /** What is stored, to look at and to change behind the registry's back. */
  readonly store: Store;
  /** Runs the action once, to its end, right before the first (or `nth`) matching request is looked at. */
  before(match: RequestMatch, action: () => Promise<void> | void): void;
  /** Overrides every (or the `nth`) matching answer, until the returned function is called. The last one set wins. */
  answer(match: RequestMatch, answer: AnswerOverride): () => void;
  /** Changes what it does with deletions while it runs. */
  setDeletes(deletes: Deletes): void;
  /** Every token given out so far is refused from now on. */
  expireTokens(): void;
  close(): Promise<void>;
};
