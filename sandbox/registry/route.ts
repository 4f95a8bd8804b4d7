/** sandbox/registry/: from method and path to what is asked, and the rights that it takes. */
import type { Action } from './options.ts';

export type Route =
  | { readonly kind: 'ping' }
  | { readonly kind: 'redirect-to-ping' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: string }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string };

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const name = `(${component}(?:/${component})*)`;
const digest = '([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})';
const tag = '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}';

const grammar: readonly (readonly [RegExp, (repository: string, rest: string) => Route])[] = [
  [/^\/v2\/()()$/, () => ({ kind: 'ping' })],
  [/^\/v2()()$/, () => ({ kind: 'redirect-to-ping' })],
  [/^\/v2\/_catalog()()$/, () => ({ kind: 'catalog' })],
  [new RegExp(`^/v2/${name}/tags/list()$`), (repository) => ({ kind: 'tags', repository })],
  [
    new RegExp(`^/v2/${name}/manifests/(${digest.slice(1, -1)}|${tag})$`),
    (repository, reference) => ({ kind: 'manifest', repository, reference }),
  ],
  [new RegExp(`^/v2/${name}/blobs/${digest}$`), (repository, found) => ({ kind: 'blob', repository, digest: found })],
  [
    new RegExp(`^/v2/${name}/referrers/${digest}$`),
    (repository, found) => ({ kind: 'referrers', repository, digest: found }),
  ],
  [new RegExp(`^/v2/${name}/blobs/uploads/()$`), (repository) => ({ kind: 'uploads', repository })],
  [new RegExp(`^/v2/${name}/blobs/uploads/([a-zA-Z0-9-]+)$`), (repository, id) => ({ kind: 'upload', repository, id })],
];

/** `path` without query, below the registry's own prefix; `undefined` for what no registry knows. */
export function parseRoute(path: string): Route | undefined {
  for (const [pattern, make] of grammar) {
    const [, repository = '', rest = ''] = pattern.exec(path) ?? [];
    if (pattern.test(path)) return repository.length > 255 ? undefined : make(repository, rest);
  }
  return undefined;
}

/** One right that a request takes; of the catalog, the right is `registry:catalog:*`. */
export type Access = {
  readonly type: 'repository' | 'registry';
  readonly name: string;
  readonly actions: readonly (Action | '*')[];
};

/** What distribution asks for (2.7 and later): DELETE takes `delete` alone, other writes take `pull,push`. */
export function accessOf(method: string, route: Route, query: URLSearchParams): readonly Access[] {
  if (route.kind === 'catalog') return [{ type: 'registry', name: 'catalog', actions: ['*'] }];
  if (!('repository' in route)) return [];
  const { repository } = route;
  const from = query.get('from');
  const reads = method === 'GET' || method === 'HEAD';
  const actions: readonly Action[] = reads ? ['pull'] : method === 'DELETE' ? ['delete'] : ['pull', 'push'];
  const needed: Access[] = [{ type: 'repository', name: repository, actions }];
  if (route.kind === 'uploads' && from !== null) needed.push({ type: 'repository', name: from, actions: ['pull'] });
  return needed;
}
