/** sandbox/registry/: from a request to the registry's own answer. */
import { empty, failure, methodNotAllowed, pageNotFound, text } from './answers.ts';
import type { Guard } from './auth.ts';
import { deleteBlob, getBlob, Uploads } from './blobs.ts';
import { listReferrers, listRepositories, listTags } from './lists.ts';
import { deleteManifest, getManifest, putManifest } from './manifests.ts';
import type { Answer, Deletes, SandboxOptions, SandboxProfile } from './options.ts';
import { traits as allTraits, type Traits } from './profile.ts';
import { accessOf, parseRoute, type Route } from './route.ts';
import type { Store } from './store.ts';

export type Request = {
  readonly method: string;
  /** Without the registry's prefix and without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  /** Made by the test itself: it may do everything. */
  readonly own: boolean;
};

type Setup = {
  readonly store: Store;
  readonly guard: Guard;
  readonly url: string;
  readonly profile: SandboxProfile;
  readonly options: SandboxOptions;
  readonly redirectTo: string | undefined;
};

/** The methods of each route; in read-only mode only GET and HEAD of them. */
const methods: Readonly<Record<Route['kind'], readonly string[]>> = {
  ping: ['GET', 'HEAD'],
  'redirect-to-ping': ['GET', 'HEAD'],
  catalog: ['GET'],
  tags: ['GET'],
  referrers: ['GET'],
  manifest: ['DELETE', 'GET', 'HEAD', 'PUT'],
  blob: ['DELETE', 'GET', 'HEAD'],
  uploads: ['POST'],
  upload: ['DELETE', 'GET', 'HEAD', 'PATCH', 'PUT'],
};

export class Handlers {
  readonly #setup: Setup;
  readonly #traits: Traits;
  readonly #uploads: Uploads;

  constructor(setup: Setup) {
    this.#setup = setup;
    this.#traits = allTraits[setup.profile];
    this.#uploads = new Uploads(setup.store, this.#traits);
  }

  answer(request: Request, deletes: Deletes): Answer {
    const answer = this.#dispatch(request, deletes);
    const type = answer.headers?.['content-type'];
    if (type !== 'application/json') return answer;
    return { ...answer, headers: { ...answer.headers, 'content-type': this.#traits.jsonType } };
  }

  #dispatch(request: Request, deletes: Deletes): Answer {
    const route = parseRoute(request.path);
    if (route === undefined || (route.kind === 'referrers' && !this.#traits.referrers)) return pageNotFound;
    if (route.kind === 'redirect-to-ping')
      return text(301, 'Moved Permanently', { location: `${this.#setup.url}/v2/` });
    const needed = accessOf(request.method, route, request.query);
    const refused = request.own ? undefined : this.#setup.guard.refuse(request.headers.authorization, needed);
    if (refused !== undefined) return refused;
    const reads = ['GET', 'HEAD'];
    // What the test itself does must work in a read-only registry too: somebody filled it before.
    const readOnly = deletes === 'read-only' && !request.own;
    const allowed = methods[route.kind].filter((method) => !readOnly || reads.includes(method));
    if (!allowed.includes(request.method))
      return methodNotAllowed(...(readOnly && allowed.length === 0 ? reads : allowed));
    return this.#handle(request, route, deletes);
  }

  #handle(request: Request, route: Exclude<Route, { kind: 'redirect-to-ping' }>, deletes: Deletes): Answer {
    const { store, options, url } = this.#setup;
    const { method, path, query, bytes } = request;
    const traits = this.#traits;
    const prefixed = `${options.pathPrefix ?? ''}${path}`;
    switch (route.kind) {
      case 'ping':
        return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
      case 'catalog':
        return listRepositories({ store, path: prefixed, query }, traits, options.repositoriesPerPage ?? 1000);
      case 'tags':
        return listTags({ store, path: prefixed, query }, route.repository, traits, options.tagsPerPage ?? 1000);
      case 'referrers':
        return listReferrers({ store, path: prefixed, query }, route.repository, route.digest);
      case 'manifest':
        return this.#manifest(request, { ...route, store, traits }, deletes);
      case 'blob':
        if (method === 'DELETE') return deleteBlob(store, route.repository, route.digest, deletes === 'enabled');
        return this.#blob(route.repository, route.digest, method);
      case 'uploads':
        return this.#uploads.start({ method, repository: route.repository, query, bytes, base: url });
      case 'upload':
        return this.#uploads.continue({ method, repository: route.repository, query, bytes, base: url }, route.id);
    }
  }

  #manifest(request: Request, of: Parameters<typeof deleteManifest>[0], deletes: Deletes): Answer {
    const { headers, bytes, method, own } = request;
    const cache = this.#setup.options.pullThroughCache === true;
    if (method === 'DELETE') return cache ? failure('UNSUPPORTED') : deleteManifest(of, deletes);
    if (method !== 'PUT') return getManifest(of, headers.accept ?? '', headers['if-none-match']);
    if (cache && !own) return failure('UNSUPPORTED');
    return putManifest(of, headers['content-type'] ?? '', bytes, this.#setup.url);
  }

  #blob(repository: string, digest: string, method: string): Answer {
    const { store, redirectTo } = this.#setup;
    const answer = getBlob(store, repository, digest);
    if (redirectTo === undefined || method === 'HEAD' || answer.status !== 200) return answer;
    return empty(307, { location: `${redirectTo}/${digest}` });
  }
}
