/** sandbox/registry/: catalog, tags list and referrers. */
import { failure, json } from './answers.ts';
import { parse } from './manifests.ts';
import type { Answer } from './options.ts';
import type { Traits } from './profile.ts';
import { digestOf, type Store } from './store.ts';

// Distribution's page where the client names no size (handlers/catalog.go).
const usualCatalogPage = 100;

export type ListRequest = { readonly store: Store; readonly path: string; readonly query: URLSearchParams };

export function listRepositories(request: ListRequest, traits: Traits, maximum: number): Answer {
  const { store, query } = request;
  const asked = pageSize(query);
  // 2.8 takes what is no number for a page of the usual size.
  const size = asked === 'invalid' && !traits.pagesTags ? undefined : asked;
  if (size === 'invalid' || (size ?? 0) > maximum) return badPageSize(query);
  const last = byComponent(query.get('last') ?? '');
  const all = store
    .repositories()
    .filter((repository) => store.everHad(traits.catalogedBy, repository) && byComponent(repository) > last)
    .sort((one, other) => (byComponent(one) < byComponent(other) ? -1 : 1));
  const entries: Entries = { all, size: Math.min(size ?? usualCatalogPage, maximum), linksWhen: 'more' };
  return page(request, entries, (repositories) => ({ repositories }));
}

export function listTags(request: ListRequest, repository: string, traits: Traits, maximum: number): Answer {
  const { store, query } = request;
  const list = (tags: readonly string[] | null): unknown => ({ name: repository, tags });
  const size = traits.pagesTags ? pageSize(query) : undefined;
  if (size === 'invalid') return badPageSize(query);
  if (size === 0) return json(200, list([]));
  if (!store.everHad('tag', repository)) return failure('NAME_UNKNOWN', { detail: { name: repository } });
  const tags = [...store.tags(repository).keys()];
  if (!traits.pagesTags) return json(200, list(nullIfEmpty(scrambled(tags))));
  const last = query.get('last') ?? '';
  const all = tags.sort().filter((tag) => tag > last);
  const unasked = traits.pagesUnasked ? maximum : all.length + 1;
  const entries: Entries = { all, size: size === undefined ? unasked : Math.min(size, maximum), linksWhen: 'full' };
  return page(request, entries, (some) => list(nullIfEmpty(some)));
}

/** Distribution spec 1.1.1, "Listing Referrers": an index, empty for a digest that nothing refers to. */
export function listReferrers(request: ListRequest, repository: string, subject: string): Answer {
  const wanted = request.query.get('artifactType');
  const manifests = [...request.store.manifests(repository)].flatMap(([digest, { mediaType, bytes }]) => {
    const manifest = parse(bytes);
    if (manifest?.subject?.digest !== subject) return [];
    const artifactType = manifest.artifactType ?? manifest.config?.mediaType;
    if (wanted !== null && artifactType !== wanted) return [];
    return [{ mediaType, digest, size: bytes.length, artifactType, annotations: manifest.annotations }];
  });
  const type = 'application/vnd.oci.image.index.v1+json';
  const filtered = wanted === null ? {} : { 'oci-filters-applied': 'artifactType' };
  return json(200, { schemaVersion: 2, mediaType: type, manifests }, { 'content-type': type, ...filtered });
}

function pageSize(query: URLSearchParams): number | undefined | 'invalid' {
  const n = query.get('n') ?? '';
  if (n === '') return undefined;
  return /^\d+$/.test(n) ? Number(n) : 'invalid';
}

function badPageSize(query: URLSearchParams): Answer {
  return failure('PAGINATION_NUMBER_INVALID', { detail: { n: Number(query.get('n')) } });
}

/** The catalog's order: `apps/web` comes before `apps-old`. */
function byComponent(repository: string): string {
  return repository.replaceAll('/', '\0');
}

type Entries = { readonly all: readonly string[]; readonly size: number; readonly linksWhen: 'full' | 'more' };

/** `full`: a full page of tags has a `Link` even where nothing is left to come. The catalog knows better. */
function page({ path }: ListRequest, entries: Entries, body: (some: readonly string[]) => unknown): Answer {
  const { all, size, linksWhen } = entries;
  const some = all.slice(0, size);
  const last = some.at(-1);
  const links = linksWhen === 'full' ? some.length === size : all.length > size;
  if (!links || last === undefined) return json(200, body(some));
  const next = new URLSearchParams({ last, n: String(size) }).toString();
  return json(200, body(some), { link: `<${path}?${next}>; rel="next"` });
}

/** As Go writes a slice that was never filled. */
function nullIfEmpty(tags: readonly string[]): readonly string[] | null {
  return tags.length === 0 ? null : tags;
}

/** In no useful order, but always the same: 2.8 answers in the order of the file system. */
function scrambled(tags: readonly string[]): readonly string[] {
  return tags
    .map((tag) => [digestOf(tag), tag] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, tag]) => tag);
}
