/** sandbox/registry/: blobs and their uploads. */
import { empty, failure } from './answers.ts';
import type { Answer } from './options.ts';
import type { Traits } from './profile.ts';
import { digestOf, type Store } from './store.ts';

export function getBlob(store: Store, repository: string, digest: string): Answer {
  const bytes = store.hasBlob(repository, digest) ? store.blobs.get(digest) : undefined;
  if (bytes === undefined) return failure('BLOB_UNKNOWN', { detail: digest });
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'docker-content-digest': digest,
      etag: `"${digest}"`,
      'cache-control': 'max-age=31536000',
    },
    body: bytes,
  };
}

export function deleteBlob(store: Store, repository: string, digest: string, enabled: boolean): Answer {
  if (!enabled) return failure('UNSUPPORTED');
  return store.unlinkBlob(repository, digest) ? empty(202) : failure('BLOB_UNKNOWN');
}

export type UploadRequest = {
  readonly method: string;
  readonly repository: string;
  readonly query: URLSearchParams;
  readonly bytes: Uint8Array;
  /** The registry's own URL, for `Location`. */
  readonly base: string;
};

/** The uploads under way. */
export class Uploads {
  readonly #store: Store;
  readonly #traits: Traits;
  readonly #open = new Map<string, Uint8Array>();
  #count = 0;

  constructor(store: Store, traits: Traits) {
    this.#store = store;
    this.#traits = traits;
  }

  /** POST: begins one, or mounts, or (where the registry can) takes the whole blob at once. */
  start(request: UploadRequest): Answer {
    const { query, repository, bytes } = request;
    const mount = query.get('mount') ?? '';
    if (this.#store.hasBlob(query.get('from') ?? '', mount)) {
      this.#store.linkBlob(repository, mount);
      return created(request, mount);
    }
    const digest = query.get('digest');
    if (digest !== null && this.#traits.singlePost) return this.#finish(request, bytes, digest);
    this.#count += 1;
    const id = `00000000-0000-4000-8000-${String(this.#count).padStart(12, '0')}`;
    this.#open.set(id, new Uint8Array());
    return this.#progress(202, request, id);
  }

  /** GET, PATCH, PUT and DELETE of one that was begun. */
  continue(request: UploadRequest, id: string): Answer {
    const { method, query, bytes } = request;
    const sofar = this.#open.get(id);
    if (sofar === undefined) return failure('BLOB_UPLOAD_UNKNOWN');
    if (method === 'GET' || method === 'HEAD') return this.#progress(204, request, id);
    if (method === 'DELETE') {
      this.#open.delete(id);
      return empty(204);
    }
    // The state in the location says how far the client believes to be; an old one would write in the wrong place.
    if (Number(query.get('_state')) !== sofar.length) return failure('RANGE_INVALID');
    const all = new Uint8Array(Buffer.concat([sofar, bytes]));
    if (method === 'PATCH') {
      this.#open.set(id, all);
      return this.#progress(202, request, id);
    }
    const digest = query.get('digest');
    if (digest === null) return failure('DIGEST_INVALID', { detail: 'digest missing' });
    this.#open.delete(id);
    return this.#finish(request, all, digest);
  }

  #finish(request: UploadRequest, bytes: Uint8Array, digest: string): Answer {
    if (digestOf(bytes) !== digest) return failure('DIGEST_INVALID', { detail: 'digest does not match' });
    this.#store.putBlob(request.repository, bytes);
    return created(request, digest);
  }

  #progress(status: number, { base, repository }: UploadRequest, id: string): Answer {
    const size = this.#open.get(id)?.length ?? 0;
    return empty(status, {
      location: `${base}/v2/${repository}/blobs/uploads/${id}?_state=${String(size)}`,
      range: `0-${String(Math.max(size - 1, 0))}`,
      'docker-upload-uuid': id,
    });
  }
}

function created({ base, repository }: UploadRequest, digest: string): Answer {
  const location = `${base}/v2/${repository}/blobs/${digest}`;
  return empty(201, { location, 'docker-content-digest': digest });
}
