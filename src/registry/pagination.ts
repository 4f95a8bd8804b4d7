/** Lists that come in pages (distribution spec 1.1.1, "Listing Tags"; RFC 8288 for `Link`). */
import { z } from 'zod';
import { explainAnswer, explainNonsense, isHtml, parseJson } from './answer-errors.ts';
import { sizes, timeouts, type Reply, type Session } from './session.ts';
import { clean, showUrl } from './text.ts';

/** What is asked for at once: distribution's own bound (catalog.maxentries, tags.maxtags). */
export const pageSize = 1000;

// Registries that filter after paging answer empty pages in between; a thousand of them in a row is a loop that hides.
const mostPagesWithoutNews = 1000;

// `<target>; rel="next"`, and its parameters up to the next link's `<`.
const links = /<([^<>]*)>((?:[^<"]|"(?:[^"\\]|\\.)*")*)/g;
const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i;

/** The target of the first link with the relation `next`, as written. Pure. */
export function parseNextLink(headers: readonly string[]): string | undefined {
  for (const header of headers)
    for (const [, target = '', parameters = ''] of header.matchAll(links)) {
      const [, quoted, bare] = relation.exec(parameters) ?? [];
      if ((quoted ?? bare ?? '').toLowerCase().split(/\s+/).includes('next')) return target;
    }
  return undefined;
}

/**
 * Where the next page is. Only the query is taken from the registry: the page must be of the same list at the same
 * origin, since the request carries credentials. A target without the origin's path prefix (a proxy that strips it)
 * counts as the same list. `undefined`: it leads elsewhere. Pure.
 */
export function resolveNext(link: string, from: URL): URL | undefined {
  if (!URL.canParse(link, from.href)) return undefined;
  const target = new URL(link, from.href);
  if (target.origin !== from.origin || !pathOf(from).endsWith(pathOf(target))) return undefined;
  if (!pathOf(target).startsWith('/v2/') && pathOf(target) !== pathOf(from)) return undefined;
  const next = new URL(from);
  next.search = target.search;
  return next;
}

// Names are percent-encoded by some: apps%2Fweb.
function pathOf(url: URL): string {
  try {
    return decodeURIComponent(url.pathname);
  } catch {
    return url.pathname;
  }
}

export type Listing<T> = {
  /** The path of the list. */
  readonly at: string;
  readonly scopes: readonly string[];
  /** The body of a page: its items, or undefined if it isn't such a page. */
  readonly parse: (body: unknown) => readonly T[] | undefined;
  /** How the item is named in `last`. Absent: the list takes neither `n` nor `last`. */
  readonly nameOf?: (item: T) => string;
};

export type Listed<T> =
  /** Items that came twice are in it twice. */
  | { readonly kind: 'listed'; readonly items: readonly T[] }
  /** The first answer was no success. Nothing is thrown, so that 404 can be told apart. */
  | { readonly kind: 'refused'; readonly reply: Reply };

/**
 * All pages, in order. Throws RegistryError where a later page fails, a link leads to another origin or list, the pages go
 * in a circle (the same address or the same page once more): an incomplete list would let a tag that shares a doomed image
 * go unseen.
 */
export async function listPages<T>(session: Session, listing: Listing<T>): Promise<Listed<T>> {
  const items: T[] = [];
  const seen = new Set<string>();
  const names = new Set<string>();
  const pagesSeen = new Set<string>();
  const nameOf = (item: T): string => listing.nameOf?.(item) ?? JSON.stringify(item);
  const first = new URL(session.origin + listing.at);
  let sized = listing.nameOf !== undefined;
  let url = new URL(first);
  if (sized) url.searchParams.set('n', pageSize.toString());
  let pages = 0;
  let withoutNews = 0;
  let doubting = false;
  for (;;) {
    seen.add(url.href);
    const reply = await askPage(session, listing, url);
    // distribution refuses an `n` above its bound (PAGINATION_NUMBER_INVALID; 3.1.0 the tags', all the catalog's): its
    // own page size, then.
    if (sized && pages === 0 && reply.answer.status === 400) {
      sized = false;
      url = first;
      continue;
    }
    if (reply.answer.status !== 200) {
      if (pages === 0) return { kind: 'refused', reply };
      throw explainAnswer(reply);
    }
    pages += 1;
    const page = readPage(reply, listing);
    const before = names.size;
    for (const item of page) names.add(nameOf(item));
    const news = names.size > before;
    withoutNews = news ? 0 : withoutNews + 1;
    // A page without news has the names of earlier ones alone: that it is one of them, three things tell.
    const look = page.length === 0 ? '' : JSON.stringify([page.length, page.at(0), page.at(-1)]);
    if (!news && !doubting && pagesSeen.has(look)) throw explainNonsense(reply, circle);
    if (look !== '') pagesSeen.add(look);
    // A registry that ignores `last` says all of it again; that is no list with everything twice.
    if (news || !doubting) items.push(...page);

    const linked = linkedPage(reply);
    const next = linked ?? (sized && news ? pageAfter(url, page, listing) : undefined);
    if (next === undefined) return { kind: 'listed', items };
    doubting = linked === undefined;
    if (seen.has(next.href) || withoutNews >= mostPagesWithoutNews) throw explainNonsense(reply, circle);
    url = next;
  }
}

const circle = 'The pages of this list go in a circle';

async function askPage<T>(session: Session, { scopes }: Listing<T>, at: URL): Promise<Reply> {
  const headers = { accept: 'application/json' };
  return session.demand({ method: 'GET', at, scopes, headers, maxBytes: sizes.list, timeoutMs: timeouts.listMs });
}

function readPage<T>(reply: Reply, { parse }: Listing<T>): readonly T[] {
  const page = parse(parseJson(reply.answer.bytes));
  if (page === undefined)
    throw explainNonsense(
      reply,
      `The answer is ${isHtml(reply.answer) ? 'a web page' : 'something else'} instead of a list`,
    );
  return page;
}

function linkedPage({ url, answer, method }: Reply): URL | undefined {
  const link = parseNextLink(answer.headers('link'));
  if (link === undefined) return undefined;
  const next = resolveNext(link, url);
  if (next !== undefined) return next;
  const target = URL.canParse(link, url.href) ? showUrl(new URL(link, url.href)) : clean(link);
  throw explainNonsense({ method, url, answer }, `The next page of this list is said to be elsewhere, at ${target}`);
}

// A page that is exactly full and has no link: the end of the list (distribution 3.0), or a registry that cuts at `n`
// without saying so (Gitea). One more question tells; a registry that ignores `last` answers nothing new.
function pageAfter<T>(url: URL, page: readonly T[], { nameOf }: Listing<T>): URL | undefined {
  const last = page.at(-1);
  if (last === undefined || nameOf === undefined || page.length !== pageSize) return undefined;
  const next = new URL(url);
  next.searchParams.set('last', nameOf(last));
  return next;
}

/** A list of names in an object's field; null is none. The field may be missing only where the object is recognised by `also`. */
export function namesIn(field: string, also?: string): (body: unknown) => readonly string[] | undefined {
  const schema = z.looseObject({ [field]: z.array(z.string()).nullish() });
  return (body) => {
    const object = schema.safeParse(body).data;
    if (object === undefined) return undefined;
    if (!(field in object) && (also === undefined || !(also in object))) return undefined;
    return (object[field] as readonly string[] | null | undefined) ?? [];
  };
}
