/**
 * GitHub's REST API, read only, through @actions/github: one question in, its checked answer out.
 *
 * Proxies: @actions/github reads `https_proxy`, `http_proxy` and `no_proxy` of the process, once, when it is imported,
 * for the address that GITHUB_API_URL has then. That is right inside a workflow. Where our own reading of the variables
 * says that an address needs no proxy (this machine itself, other patterns of no_proxy), its choice is passed over.
 */
import type { z } from 'zod';
import { program } from '../../model/index.ts';
import { proxyFor } from '../../registry/proxy.ts';
import { clean } from '../../registry/text.ts';
import { GitHubError } from './error.ts';
import type { GitHubOptions } from './github.ts';
import { openExchange, type Exchange, type Octokit } from './exchange.ts';
import { explainFailure, explainNonsense, explainRateLimit, explainRefusal, type Question } from './question.ts';
import { judgeAttempt } from './retry.ts';

export type Found<T> = {
  readonly kind: 'found';
  readonly value: T;
  /** Where it was found in the end: GitHub redirects from a repository's old name. */
  readonly url: URL;
  /** The `Link` header. */
  readonly link: string | undefined;
};

export type Api = {
  readonly octokit: Octokit;
  /** The API's own address. Nothing is asked elsewhere. */
  readonly origin: string;
  /**
   * `absent` for 404. Asked again, an unchanged answer costs nothing of the rate limit (`If-None-Match`). Throws
   * GitHubError for everything that is neither.
   */
  readonly get: <T>(question: Question, schema: z.ZodType<T>) => Promise<Found<T> | { readonly kind: 'absent' }>;
  /** The same, where 404 is a refusal like any other. */
  readonly demand: <T>(question: Question, schema: z.ZodType<T>) => Promise<Found<T>>;
  /** Ask for this page anew next time, changed or not. */
  readonly forget: (url: URL) => void;
};

// Of a repository: its old name, then the address by number. More is a loop.
const mostRedirects = 5;

/** Rejects with GitHubError where the token or an address isn't one. */
export async function openApi(options: GitHubOptions): Promise<Api> {
  const { token } = options;
  if (token === undefined || token === '')
    throw new GitHubError({
      what: 'There is no token to ask GitHub with',
      wayOut:
        'A rule with {pr} or {branch} needs github-token: in a workflow ${{ github.token }}, with the permissions pull-requests: read and contents: read.',
    });
  const base = parseBase(options.apiUrl);
  // A third of what start-up would evaluate, and few runs ask GitHub: it is evaluated in those alone.
  // eslint-disable-next-line no-restricted-syntax -- "eager" leaves it in the bundle: no chunk of its own.
  const { getOctokit } = await import(/* webpackMode: "eager" */ '@actions/github');
  const octokit = getOctokit(token, {
    baseUrl: base.href.replace(/\/+$/, ''),
    userAgent: program,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  const exchange = openExchange({ octokit, token, fetch: fetchFor(base, options.env), options });
  const cache = new Map<
    string,
    { readonly etag: string; readonly value: unknown; readonly link: string | undefined }
  >();

  const ask = async (question: Question, url: URL): Promise<Extract<Exchange, { kind: 'answer' }>> => {
    for (let tryNumber = 1; ; tryNumber += 1) {
      const attempt = await exchange(url, cache.get(url.href)?.etag);
      const verdict = judgeAttempt(attempt, { tryNumber, random: options.random(), now: options.now() });
      if (verdict.kind === 'again') {
        await options.sleep(verdict.afterMs);
        continue;
      }
      if (attempt.kind === 'failure') throw explainFailure(question, url, attempt.why);
      if (verdict.kind === 'rate-limited') throw explainRateLimit(question, { url, ...attempt }, verdict.resetsAt);
      return attempt;
    }
  };

  const redirected = (question: Question, from: URL, location: string | undefined): URL => {
    const to = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
    if (to?.origin === base.origin && to.username === '' && to.password === '') return to;
    const where = to === undefined ? 'to nowhere' : `to ${clean(to.origin)}, which is not GitHub's API`;
    throw explainNonsense(question, from, `it leads ${where}`);
  };

  const get: Api['get'] = async (question, schema) => {
    let { url } = question;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await ask(question, url);
      const { status } = answer;
      if ([301, 302, 307, 308].includes(status) && redirects < mostRedirects) {
        url = redirected(question, url, answer.header('location'));
        continue;
      }
      if (status === 404) return { kind: 'absent' };
      const known = status === 304 ? cache.get(url.href) : undefined;
      if (known !== undefined) return { kind: 'found', value: schema.parse(known.value), url, link: known.link };
      if (status !== 200) throw explainRefusal(question, { url, status, message: answer.message });
      const value = check(question, url, answer.body, schema);
      const etag = answer.header('etag');
      const link = answer.header('link');
      if (etag === undefined) cache.delete(url.href);
      else cache.set(url.href, { etag, value, link });
      return { kind: 'found', value, url, link };
    }
  };

  return {
    octokit,
    origin: base.origin,
    get,
    async demand(question, schema) {
      const answer = await get(question, schema);
      if (answer.kind === 'found') return answer;
      throw explainRefusal(question, { url: question.url, status: 404, message: 'Not Found' });
    },
    forget(url) {
      cache.delete(url.href);
    },
  };
}

/** Only what the schema names is kept of an answer: a page of a hundred pull requests is 2 MB. */
function check<T>(question: Question, url: URL, body: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw explainNonsense(question, url, body.trimStart().startsWith('<') ? 'it is a web page' : 'it is no JSON');
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the whole of it' : issue.path.join('.');
  throw explainNonsense(question, url, `${where} is not as GitHub describes it`);
}

function parseBase(apiUrl: string): URL {
  const base = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined;
  if (base !== undefined && /^https?:$/.test(base.protocol) && base.username === '' && base.password === '')
    return base;
  throw new GitHubError({
    what: 'GITHUB_API_URL is no address of an API',
    wayOut: 'Write https://api.github.com, or https://HOST/api/v3 of a GitHub Enterprise Server.',
  });
}

/** `undefined`: as @actions/github chooses. */
function fetchFor(base: URL, env: GitHubOptions['env']): typeof fetch | undefined {
  const proxy = proxyFor(base, env);
  if (proxy === undefined) return fetch;
  if ('invalid' in proxy)
    throw new GitHubError({
      what: `The value of ${proxy.invalid} is no URL of a proxy, so GitHub can't be asked`,
      wayOut: `Write ${proxy.invalid}=http://HOST:PORT, or unset it.`,
    });
  return undefined;
}

function ignore(): void {
  // Octokit would warn on the console, past the masking of secrets.
}
