/** Whether a plan that somebody may have edited still agrees with itself. What is true of the registry is for `verify`. */
import type { Evidence, Plan, RepositoryPlan } from '../model/index.ts';

/**
 * What no plan of this program says, as a sentence with its place; `undefined` where there is no such thing: the same thing
 * twice, something that is to go and to stay, a claim that no deletion rests on, or one that is asked of nobody.
 */
export function contradictionIn({ repositories, claims }: Plan): string | undefined {
  const seen = new Set<string>();
  for (const { repository } of repositories) {
    if (seen.has(repository)) return `${repository} is in it twice.`;
    seen.add(repository);
  }
  for (const each of repositories) {
    const found = withinRepository(each);
    if (found !== undefined) return found;
  }
  const rested = textsOf(repositories.flatMap(({ tags }) => tags.flatMap(({ because }) => because.filter(isClaim))));
  const listed = textsOf(claims);
  if (rested.size === listed.size && [...rested].every((text) => listed.has(text))) return undefined;
  return 'the claims at its top are not those that its deletions rest on.';
}

function withinRepository({ repository, tags, manifests, stays }: RepositoryPlan): string | undefined {
  const going = new Set<string>();
  for (const name of [...tags.map(({ tag }) => tag), ...manifests.map(({ digest }) => digest)]) {
    if (going.has(name)) return `${place(repository, name)} is to go twice.`;
    going.add(name);
  }
  for (const { tag, digest } of stays) {
    if (going.has(tag)) return `${place(repository, tag)} is to go and to stay.`;
    if (going.has(digest)) return `${place(repository, digest)} is to go, and ${tag}, which is to stay, points at it.`;
  }
  return undefined;
}

function place(repository: string, name: string): string {
  return name.includes(':') ? `${repository}@${name}` : `${repository}:${name}`;
}

function isClaim({ kind }: Evidence): boolean {
  return kind === 'pull-request' || kind === 'branch';
}

/** In one order of keys: text that was read has the order of its schema, and so has the plan of a run. */
function textsOf(claims: readonly Evidence[]): ReadonlySet<string> {
  return new Set(claims.map((claim) => JSON.stringify(Object.entries(claim).sort(([a], [b]) => (a < b ? -1 : 1)))));
}
