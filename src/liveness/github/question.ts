/** One question to GitHub, and the sentences for every way in which it may go unanswered. Pure. */
import { clean } from '../../registry/text.ts';
import { GitHubError } from './error.ts';

export type Question = {
  readonly url: URL;
  /** `owner/name`. */
  readonly repo: string;
  /** As part of a sentence: `the open pull requests of acme/apps`. */
  readonly what: string;
  /** What a token needs for it, as a workflow's `permissions` write it. */
  readonly permission: 'pull-requests: read' | 'contents: read';
};

// Of GitHub's own links; what else stands in a query may be a secret.
const shownParameters = new Set(['state', 'sort', 'direction', 'per_page', 'page']);

/** Origin, path, and the parts of the query that are known to be harmless. */
export function showUrl(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) =>
    shownParameters.has(name) ? `${name}=${clean(value)}` : `${clean(name)}=…`,
  );
  return `${url.origin}${url.pathname}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

/** What GitHub answered, as far as its refusals go. */
export type Refusal = { readonly url: URL; readonly status: number; readonly message: string };

/** For an answer that is no answer to the question: a refusal, a failure of GitHub's, a status that makes no sense here. */
export function explainRefusal(question: Question, refusal: Refusal): GitHubError {
  const { status } = refusal;
  const [what, wayOut] = sentences(question, status);
  return new GitHubError({ what: `${what} ${seen(refusal)}`, wayOut, status });
}

function sentences({ what, repo, permission }: Question, status: number): readonly [string, string] {
  const grant = `Grant the job "permissions: ${permission}" (with "contents: read" beside it); for another repository than the workflow's own, github-token needs a token that has it there.`;
  switch (status) {
    case 401:
      return [
        `GitHub refused the token when it was asked for ${what}`,
        `Check github-token: it is wrong, expired or of another GitHub. In a workflow it is \${{ github.token }} by itself. It needs ${permission}.`,
      ];
    case 403:
      return [`GitHub doesn't let this token read ${what}`, grant];
    case 404:
      return [
        `GitHub shows this token no ${repo} when it is asked for ${what}`,
        `Check the name in github-repository (or of the policy's rule). GitHub also answers 404 for a private repository that a token may not read. ${grant}`,
      ];
    default:
      return [
        `GitHub doesn't say ${what}`,
        status >= 500
          ? 'Run again later; https://www.githubstatus.com says how GitHub is.'
          : 'Check GITHUB_API_URL and github-repository.',
      ];
  }
}

/** For a limit that lasts longer than is waited for. */
export function explainRateLimit(question: Question, refusal: Refusal, resetsAt: Date): GitHubError {
  return new GitHubError({
    what: `GitHub's rate limit for this token is used up, so it doesn't say ${question.what}; more is allowed from ${resetsAt.toISOString()} ${seen(refusal)}`,
    wayOut:
      "Run again after that, or give github-token a token with a limit of its own (a GitHub App's, for example): ${{ github.token }} has 1,000 requests an hour, for all jobs of a repository together.",
    status: refusal.status,
  });
}

/** For a request without an answer. `why` is already without secrets. */
export function explainFailure(question: Question, url: URL, why: string): GitHubError {
  return new GitHubError({
    what: `GitHub gave no whole answer about ${question.what}: ${clean(why)} (GET ${showUrl(url)})`,
    wayOut:
      'Check that this machine reaches GITHUB_API_URL, through the proxy of https_proxy if one is set; then run again.',
  });
}

/** For an answer that came, with status 200, and can't be true. `why` completes "GitHub's answer … : ". */
export function explainNonsense(question: Question, url: URL, why: string): GitHubError {
  return new GitHubError({
    what: `GitHub's answer about ${question.what} can't be used: ${why} (GET ${showUrl(url)})`,
    wayOut: `Check that GITHUB_API_URL is the address of GitHub's API, that no proxy answers in its place, and that github-token has ${question.permission}.`,
  });
}

function seen({ url, status, message }: Refusal): string {
  const said = clean(message);
  return `(GET ${showUrl(url)}: ${status}${said === '' ? '' : ` ${said}`})`;
}
