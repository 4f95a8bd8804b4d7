/** Token scopes (distribution, docs/spec/auth/scope): `type:name:action,action`, several with spaces between. Pure. */
import type { RepositoryName } from '../model/index.ts';

export type Action = 'pull' | 'push' | 'delete';

export const catalogScope = 'registry:catalog:*';

export function repositoryScope(repository: RepositoryName, actions: readonly Action[]): string {
  return `repository:${repository}:${actions.join(',')}`;
}

/**
 * The union of scopes, sorted, with one scope per resource: what the registry asks for beside what we need, since
 * distribution's challenge to a DELETE says `delete` alone and Quay's wants `push`.
 */
export function mergeScopes(...scopes: readonly string[]): readonly string[] {
  const actionsOf = new Map<string, Set<string>>();
  for (const scope of scopes.flatMap((text) => text.split(/\s+/)).filter((text) => text !== '')) {
    // The name may hold a host with a port, and so a colon: the actions stand after the last one.
    const end = scope.lastIndexOf(':');
    const resource = end === -1 ? scope : scope.slice(0, end);
    const actions = actionsOf.get(resource) ?? new Set<string>();
    if (end !== -1) for (const action of scope.slice(end + 1).split(',')) actions.add(action);
    actionsOf.set(resource, actions);
  }
  return [...actionsOf]
    .map(([resource, actions]) => (actions.size === 0 ? resource : `${resource}:${[...actions].sort().join(',')}`))
    .sort();
}
