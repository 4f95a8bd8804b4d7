/** Images of this registry in text whose variables are resolved. Pure. */
import { parseDigest, parseTag } from '../../model/index.ts';
import type { Reference } from '../../model/index.ts';
import { unknown, unknownRegistry } from './expression.ts';
import { fits } from './open.ts';
import type { RegistryNames } from './registry-names.ts';

export type ImageName = {
  /** What is known of the repository's name; more than one part where something between them is not. */
  readonly parts: readonly string[];
  readonly names: readonly Reference['names'][];
  /** As found. */
  readonly text: string;
};

const marks = /[\0\u0001]/;
const all: Reference['names'] = { kind: 'all' };
/** Path, tag and digest, bounded above what any of them can be; upper case and other things that no name has are looked at afterwards. */
const rest =
  /([A-Za-z0-9._/\0\u0001-]{0,400})(?:(:)([A-Za-z0-9_.\0\u0001-]{0,200}))?(?:@([A-Za-z0-9+._:\0\u0001-]{0,200}))?([^\s"'`,;)\]}>|&\\@]?)/y;
/** `$REGISTRY/web`, where nothing says which registry that is. */
const someRegistry = /(?<![\w.\0\u0001-])([\w.\0-]*\u0001[\w.\0\u0001-]*(?::[\d\0]+)?)\/+/g;

/** Every image of this registry in the text, wherever it stands. */
export function findImages(text: string, registry: RegistryNames): readonly ImageName[] {
  const found: ImageName[] = [];
  for (const match of text.matchAll(registry.pattern)) {
    const at = match.index + match[0].length;
    for (const prefix of prefixesOf(registry, match[1] ?? '')) {
      const path = inside(prefix, pathAt(text, at));
      if (path !== undefined) found.push(...imageAt(text, match.index, at, path));
    }
  }
  for (const match of text.includes(unknownRegistry) ? text.matchAll(someRegistry) : [])
    found.push(...behindUnknown(text, match.index, match[1] ?? '', match.index + match[0].length, registry));
  return found;
}

/** The image that the whole text names, where a file says that it is an image: its host may be left out or unknown. */
export function parseImage(text: string, registry: RegistryNames): readonly ImageName[] {
  const found = findImages(text, registry);
  if (found.length > 0) return found;
  const start = /^\s*(?:[a-z][a-z0-9+.-]*:\/\/)?/i.exec(text)?.[0].length ?? 0;
  const [, host = ''] = /^([^/\s]*)\/+/.exec(text.slice(start)) ?? [];
  if (marks.test(host)) return behindUnknown(text, start, host, start + host.length + 1, registry);
  if (!registry.implicit || /[.:]/.test(host) || host === 'localhost' || start > 0) return [];
  const path = pathAt(text, 0);
  // `nginx` is `library/nginx` at Docker Hub; a mirror may have it under either name.
  const paths = path.includes('/') || path === '' ? [path] : [path, `library/${path}`];
  return paths.flatMap((each) => imageAt(text, 0, 0, each));
}

function prefixesOf(registry: RegistryNames, authority: string): readonly string[] {
  const [, host = '', port = ''] = /^(.*?)(?::([\d\0]+))?$/s.exec(authority.toLowerCase()) ?? [];
  const named = registry.names.filter((name) => name.host === host && (port === unknown || name.ports.includes(port)));
  return [...new Set(named.map((name) => name.prefix))];
}

function pathAt(text: string, at: number): string {
  return /^[A-Za-z0-9._/\0\u0001-]*/.exec(text.slice(at, at + 400))?.[0] ?? '';
}

/** The path behind the registry's own prefix; `undefined` where it is not under it. */
function inside(prefix: string, path: string): string | undefined {
  if (prefix === '') return path;
  const known = path.search(marks);
  const literal = (known === -1 ? path : path.slice(0, known)).toLowerCase();
  if (literal.startsWith(`${prefix}/`)) return path.slice(prefix.length + 1);
  return known !== -1 && `${prefix}/`.startsWith(literal) ? path.slice(known) : undefined;
}

function behindUnknown(
  text: string,
  start: number,
  host: string,
  at: number,
  registry: RegistryNames,
): readonly ImageName[] {
  const parts = host.toLowerCase().split(marks);
  const ours = registry.names.filter(({ host: name, ports }) =>
    ports.some((port) => fits(parts, port === '' ? name : `${name}:${port}`)),
  );
  const path = pathAt(text, at);
  if (ours.length === 0 || !/[a-z0-9]/i.test(path)) return [];
  const paths = new Set(ours.map(({ prefix }) => inside(prefix, path) ?? path));
  // The unknown may hold a path, too, as GitLab's $CI_REGISTRY_IMAGE does.
  return [...paths, `${unknown}/${path}`].flatMap((each) => imageAt(text, start, at, each));
}

/** `path`: the path that stands at `at`, or what of it is the repository's. */
function imageAt(text: string, start: number, at: number, path: string): readonly ImageName[] {
  rest.lastIndex = at;
  const [whole = '', , colon, tag = '', digest, next = ''] = rest.exec(text) ?? [];
  const found = text.slice(start, at + whole.length - next.length);
  const api = /^v2\/(.+?)\/(manifests|tags|blobs|referrers)(?:\/(.*))?$/.exec(path);
  if (api !== null) {
    const reference = api[2] === 'manifests' ? `${api[3] ?? ''}${colon ?? ''}${tag}` : '';
    return repositoriesOf(api[1] ?? '').map((parts) => ({ parts, names: [referenceOf(reference)], text: found }));
  }
  // A brace, an asterisk or the like behind a path means more paths; behind a tag it means more tags.
  const isCut = next !== '' && '{<[*%(~$'.includes(next) && colon === undefined && digest === undefined;
  if (path === '' && !isCut) return [];
  const names = namesOf(colon === undefined ? undefined : tag, digest, next);
  return repositoriesOf(isCut ? `${path}${unknown}` : path).map((parts) => ({ parts, names, text: found }));
}

/** A path with a slash at its end may be a repository, or the beginning of one that a program completes. */
function repositoriesOf(path: string): readonly (readonly string[])[] {
  const clean = path
    .toLowerCase()
    .replace(/\/{2,}/g, '/')
    .replace(/^\/+/, '');
  const repository = clean.replace(/[/._-]+$/, '');
  const partsOf = (text: string): readonly string[] => text.split(marks);
  return clean.endsWith('/') ? [partsOf(repository), [...partsOf(clean), '']] : [partsOf(repository)];
}

function referenceOf(text: string): Reference['names'] {
  const digest = parseDigest(text);
  const tag = parseTag(text);
  if (digest !== undefined) return { kind: 'digest', digest };
  return tag === undefined ? all : { kind: 'tag', tag };
}

function namesOf(tag: string | undefined, digest: string | undefined, next: string): readonly Reference['names'][] {
  const names: Reference['names'][] = [];
  if (digest !== undefined) {
    const parsed = parseDigest(digest.toLowerCase().replace(/[.:]+$/, ''));
    names.push(parsed === undefined ? all : { kind: 'digest', digest: parsed });
  }
  if (tag !== undefined) names.push(...tagsOf(tag));
  // What follows belongs to the name, and nobody knows what it makes of it: `:1.*`, `:1.2+build`.
  if (names.length === 0 || (next !== '' && !/[.]/.test(next))) names.push(all);
  return names;
}

/** A full stop may be the tag's or the sentence's; `__TAG__` and `TAG` are what somebody is about to replace. */
function tagsOf(text: string): readonly Reference['names'][] {
  const tags = [...new Set([text, text.replace(/[.-]+$/, '')])].flatMap((each) => parseTag(each) ?? []);
  if (tags.length === 0 || /^_*[A-Z][A-Z_]*$/.test(text)) return [all];
  return tags.map((tag) => ({ kind: 'tag', tag }));
}
