/** Lists that come in pages, whole or not at all. */
import { z } from 'zod';
import { parseNextLink } from '../../registry/pagination.ts';
import type { Api } from './api.ts';
import { explainNonsense, type Question } from './question.ts';

/** What is asked for at once: GitHub's own bound. */
export const pageSize = 100;

/** `totalPages`: as the first page says. */
export type Page<T> = { readonly items: readonly T[]; readonly url: URL; readonly totalPages: number };

/**
 * The pages of a list, as long as they are wanted. Throws GitHubError where a page fails, is no page, or leads elsewhere
 * or back: a list without its end would read as 'no such branch'.
 */
export async function* listPages<T>(
  api: Api,
  first: Question,
  item: z.ZodType<T>,
): AsyncGenerator<Page<T>, void, void> {
  const seen = new Set<string>();
  let totalPages: number | undefined;
  let next: URL | undefined = first.url;
  while (next !== undefined) {
    const question = {
      ...first,
      url: next,
      what: seen.size === 0 ? first.what : `${first.what}, page ${seen.size + 1}`,
    };
    seen.add(next.href);
    const { value: items, url, link } = await api.demand(question, z.array(item));
    next = nextPage(api, question, link, url);
    // The last page may be followed by another once it is full, and that stands in a header only: not to be answered
    // with 304 from what we know.
    if (next === undefined && items.length >= pageSize) api.forget(url);
    if (next !== undefined && seen.has(next.href)) throw explainNonsense(question, url, 'its pages go in a circle');
    totalPages ??= lastPage(link);
    yield { items, url, totalPages };
  }
}

/** Every item, in the order of the pages; one that moved to a later page meanwhile comes twice. Throws as above. */
export async function listAll<T>(api: Api, first: Question, item: z.ZodType<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const page of listPages(api, first, item)) items.push(...page.items);
  return items;
}

/**
 * The same for lists whose silence lets go. A name that is removed while the pages are read moves what follows it one
 * place forward, maybe to a page that was read already, and that one is seen nowhere. So all pages but the last are asked
 * again, backwards: what moved forward is met there. Unchanged pages are 304s and cost nothing of the rate limit.
 */
export async function listAllTwice<T>(api: Api, first: Question, item: z.ZodType<T>): Promise<readonly T[]> {
  const pages: Page<T>[] = [];
  for await (const page of listPages(api, first, item)) pages.push(page);
  const items = pages.flatMap((page) => page.items);
  for (const { url } of pages.slice(0, -1).reverse()) {
    const again = await api.demand({ ...first, url }, z.array(item));
    items.push(...again.value);
  }
  return items;
}

function nextPage(api: Api, question: Question, link: string | undefined, from: URL): URL | undefined {
  const target = link === undefined ? undefined : parseNextLink([link]);
  if (target === undefined) return undefined;
  const next = URL.canParse(target, from.href) ? new URL(target, from.href) : undefined;
  if (next?.origin === api.origin && next.username === '' && next.password === '') return next;
  throw explainNonsense(question, from, "its next page is said to be elsewhere than at GitHub's API");
}

function lastPage(link: string | undefined): number {
  const [, page = '1'] = /[?&]page=(\d{1,6})[^>]*>\s*;\s*rel="last"/.exec(link ?? '') ?? [];
  return Number(page);
}
