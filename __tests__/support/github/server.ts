/**
 * GitHub's REST API for tests, over a real socket: the part of it that this program asks. Every answer that isn't a fault
 * made on purpose is checked against GitHub's published description; `close` throws what was found.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { problemsOf, sample, type Operation } from './description.ts';

export type PullRequest = {
  readonly number: number;
  state: 'open' | 'closed';
  closedAt?: string;
  /** `owner/name` of the fork that it comes from. */
  readonly fork?: string;
};

export type GitHubRepository = {
  readonly id: number;
  readonly name: string;
  /** What it was called before: GitHub redirects from there. */
  formerName?: string;
  /** The token may not see it: 404, as GitHub answers for private repositories. */
  hidden: boolean;
  readonly pulls: PullRequest[];
  branches: string[];
  tags: string[];
};

/** What a test makes of one request instead of the answer; `undefined`: the answer as it is. */
export type Fault =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** An object is sent as JSON. */
      readonly body?: string | object;
    }
  /** The connection ends before the answer, or in the middle of its body; or no answer comes at all. */
  | 'drop'
  | 'cut'
  | 'silence';

export type SeenRequest = {
  readonly method: string;
  /** Path and query, without the base path. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** What was answered; absent where nothing was. */
  status?: number;
};

export type GitHubServer = {
  /** What GITHUB_API_URL would say. */
  readonly apiUrl: string;
  readonly origin: string;
  readonly token: string;
  readonly repositories: GitHubRepository[];
  readonly seen: SeenRequest[];
  /** `200 /repos/…`, in the order of arrival. */
  lines(): readonly string[];
  /** What the token may read. */
  readonly permissions: Set<'pull-requests' | 'contents'>;
  /** Requests that the token has left in its hour, and when that ends. 304s cost none. */
  limit: { remaining: number; resetsAt: Date };
  /** Asked before each answer, in the order of arrival (`index` from 0); it may change what the repositories hold. */
  before: (seen: SeenRequest, index: number) => Fault | undefined | Promise<Fault | undefined>;
  close(): Promise<void>;
};

export type GitHubServerOptions = {
  /** `/api/v3` of a GitHub Enterprise Server. */
  readonly basePath?: string;
  readonly token?: string;
  readonly now?: () => Date;
};

/** A repository with one branch. */
export function repository(name: string, content: Partial<Omit<GitHubRepository, 'name'>> = {}): GitHubRepository {
  return { id: 1296269, name, hidden: false, pulls: [], branches: ['main'], tags: [], ...content };
}

export async function startGitHub(
  repositories: GitHubRepository[],
  options: GitHubServerOptions = {},
): Promise<GitHubServer> {
  const { basePath = '', token = 'ghs_Zk3jH9sPq2vW', now = () => new Date() } = options;
  const problems: string[] = [];
  const seen: SeenRequest[] = [];

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const full = request.url ?? '';
    const path = full.startsWith(`${basePath}/`) ? full.slice(basePath.length) : full;
    const one: SeenRequest = { method: request.method ?? '', path, headers: request.headers };
    seen.push(one);
    const fault = await state.before(one, seen.length - 1);
    if (fault !== undefined) {
      misbehave(fault, one, request, response);
      return;
    }
    const url = new URL(path, state.origin);
    const answer = full.startsWith(basePath) ? answerTo(url, one) : notFound();
    if (answer.operation !== undefined) problems.push(...problemsOf(answer.operation, answer.status, answer.body));
    const body = answer.body === undefined ? '' : JSON.stringify(answer.body);
    const headers = {
      ...answer.headers,
      'x-ratelimit-limit': '1000',
      'x-ratelimit-remaining': Math.max(0, state.limit.remaining).toString(),
      'x-ratelimit-reset': Math.floor(state.limit.resetsAt.getTime() / 1000).toString(),
    };
    const etag = `W/"${createHash('sha256').update(body).digest('hex')}"`;
    const unchanged = answer.status === 200 && request.headers['if-none-match'] === etag;
    one.status = unchanged ? 304 : answer.status;
    if (unchanged) state.limit.remaining += 1;
    response.writeHead(one.status, {
      ...headers,
      ...(answer.status === 200 && { etag }),
      ...(!unchanged && { 'content-type': 'application/json; charset=utf-8' }),
    });
    response.end(unchanged ? undefined : body);
  };

  type Reply = {
    readonly status: number;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
    /** What the description has to say of it. */
    readonly operation?: Operation;
  };

  const refusal = (status: number, message: string, operation?: Operation): Reply => ({
    status,
    body: { message, documentation_url: 'https://docs.github.com/rest', status: status.toString() },
    ...(operation !== undefined && { operation }),
  });
  const notFound = (operation?: Operation): Reply => refusal(404, 'Not Found', operation);

  const answerTo = (url: URL, one: SeenRequest): Reply => {
    if (one.method !== 'GET') return refusal(405, 'Method Not Allowed');
    if (one.headers.authorization !== `token ${token}`) return refusal(401, 'Bad credentials');
    if (state.limit.remaining <= 0 && now() < state.limit.resetsAt)
      return refusal(403, 'API rate limit exceeded for installation ID 1.');
    if (state.limit.remaining <= 0) state.limit = { remaining: 1000, resetsAt: new Date(now().getTime() + 3_600_000) };
    state.limit.remaining -= 1;
    const [, name, id, rest = ''] = /^\/(?:repos\/([^/]+\/[^/]+)|repositories\/(\d+))(\/.*)?$/.exec(url.pathname) ?? [];
    const former = repositories.find(({ formerName }) => formerName?.toLowerCase() === name?.toLowerCase());
    if (name !== undefined && former !== undefined) {
      const location = `${state.apiUrl}/repositories/${former.id}${rest}${url.search}`;
      const body = { message: 'Moved Permanently', url: location, documentation_url: 'https://docs.github.com/rest' };
      return { status: 301, body, headers: { location } };
    }
    const found = repositories.find((each) =>
      name === undefined ? each.id === Number(id) : each.name.toLowerCase() === name.toLowerCase(),
    );
    if (found === undefined || found.hidden) return notFound();
    return answerAbout(found, rest, url);
  };

  const answerAbout = (about: GitHubRepository, rest: string, url: URL): Reply => {
    const forbidden = (operation: Operation): Reply =>
      refusal(403, 'Resource not accessible by integration', operation);
    const list = <T>(operation: Operation, items: readonly T[], render: (item: T) => unknown): Reply => {
      const { page, headers } = pageOf(items, url, `${state.apiUrl}/repositories/${about.id}${rest}`);
      return { status: 200, operation, body: page.map(render), headers };
    };
    const [, number] = /^\/pulls\/(\d+)$/.exec(rest) ?? [];
    if (number !== undefined) {
      const operation = '/repos/{owner}/{repo}/pulls/{pull_number}';
      if (!state.permissions.has('pull-requests')) return forbidden(operation);
      const pull = about.pulls.find((each) => each.number === Number(number));
      return pull === undefined
        ? notFound(operation)
        : { status: 200, operation, body: renderPull(about, pull, sample('pull-request')) };
    }
    switch (rest) {
      case '':
        return { status: 200, operation: '/repos/{owner}/{repo}', body: renderRepository(about) };
      case '/pulls': {
        const operation = '/repos/{owner}/{repo}/pulls';
        if (!state.permissions.has('pull-requests')) return forbidden(operation);
        const wanted = url.searchParams.get('state') ?? 'open';
        const pulls = about.pulls
          .filter((pull) => wanted === 'all' || pull.state === wanted)
          .sort((one, other) => other.number - one.number);
        const [simple] = sample('pull-request-simple-items') as readonly unknown[];
        return list(operation, pulls, (pull) => renderPull(about, pull, simple));
      }
      case '/branches': {
        const operation = '/repos/{owner}/{repo}/branches';
        if (!state.permissions.has('contents')) return forbidden(operation);
        return list(operation, [...about.branches].sort(), renderBranch);
      }
      case '/tags': {
        const operation = '/repos/{owner}/{repo}/tags';
        if (!state.permissions.has('contents')) return forbidden(operation);
        return list(operation, about.tags, renderTag);
      }
      default:
        return notFound();
    }
  };

  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      problems.push(String(error));
      request.socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const state: GitHubServer = {
    apiUrl: `${origin}${basePath}`,
    origin,
    token,
    repositories,
    seen,
    lines: () => seen.map(({ status, path }) => `${status ?? '---'} ${path}`),
    permissions: new Set(['pull-requests', 'contents']),
    limit: { remaining: 1000, resetsAt: new Date(now().getTime() + 3_600_000) },
    before: () => undefined,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
      if (problems.length > 0) throw new Error(`Not as GitHub answers:\n${problems.join('\n')}`);
    },
  };
  return state;
}

function misbehave(fault: Fault, seen: SeenRequest, request: IncomingMessage, response: ServerResponse): void {
  if (fault === 'silence') return;
  if (fault === 'drop') {
    request.socket.destroy();
    return;
  }
  if (fault === 'cut') {
    seen.status = 200;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('[{"number": 1, ', () => request.socket.destroy());
    return;
  }
  const { status, headers, body = '' } = fault;
  seen.status = status;
  const type = typeof body === 'string' ? 'text/html' : 'application/json; charset=utf-8';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** As GitHub cuts its lists: at most 100, and links by the repository's number. */
function pageOf<T>(
  items: readonly T[],
  url: URL,
  address: string,
): { readonly page: readonly T[]; readonly headers: Readonly<Record<string, string>> } {
  const size = Math.min(100, Number(url.searchParams.get('per_page') ?? '30'));
  const number = Number(url.searchParams.get('page') ?? '1');
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (page: number, relation: string): string => {
    const query = new URLSearchParams(url.searchParams);
    query.set('page', page.toString());
    return `<${address}?${query.toString()}>; rel="${relation}"`;
  };
  const links = [
    ...(number > 1 ? [link(number - 1, 'prev')] : []),
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
    ...(number > 1 ? [link(1, 'first')] : []),
  ];
  return {
    page: items.slice((number - 1) * size, number * size),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}

// The description's samples lack, in places, what its schemas require: those places are set here.

function renderPull(about: GitHubRepository, pull: PullRequest, from: unknown): unknown {
  const body = from as Record<string, Record<string, unknown>>;
  const closedAt = pull.state === 'closed' ? (pull.closedAt ?? '2026-11-01T12:00:00Z') : null;
  return {
    ...body,
    number: pull.number,
    state: pull.state,
    closed_at: closedAt,
    merged_at: null,
    requested_teams: [],
    base: { ...body.base, repo: { ...(body.base?.repo as object), full_name: about.name } },
    head: { ...body.head, repo: { ...(body.head?.repo as object), full_name: pull.fork ?? about.name } },
  };
}

function renderRepository({ id, name }: GitHubRepository): unknown {
  const { source, parent, ...body } = sample('full-repository-default-response') as Record<string, unknown>;
  // Those of a fork.
  if (source === undefined || parent === undefined) throw new Error('The description has another sample than before.');
  return { ...body, id, full_name: name, name: name.split('/')[1], language: null };
}

function renderBranch(name: string): unknown {
  return { name, commit: { sha: 'c5b97d5ae6c19d5c5df71a34c7fbeeda2479ccbc', url: commitUrl }, protected: false };
}

function renderTag(name: string): unknown {
  const [one] = sample('tag-items') as readonly object[];
  return { ...one, name };
}

const commitUrl = 'https://api.github.com/repos/octocat/Hello-World/commits/c5b97d5ae6c19d5c5df71a34c7fbeeda2479ccbc';
