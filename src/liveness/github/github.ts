/** What GitHub is asked, and what it takes: the values that enter and leave this room. */
import type { Claim, Focus } from '../../model/index.ts';
import type { Ask } from '../../policy/index.ts';
import type { RequestRecord } from '../../registry/index.ts';

export type GitHubOptions = {
  /** Nothing is asked without one; an empty one is none. */
  readonly token: string | undefined;
  /** `GITHUB_API_URL`: `https://api.github.com`, or `https://HOST/api/v3` of a GitHub Enterprise Server. */
  readonly apiUrl: string;
  /** The proxy variables (`https_proxy`, `http_proxy`, `no_proxy`); see `api.ts` for how they are honoured. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly now: () => Date;
  readonly onRequest?: (seen: RequestRecord) => void;
  /** How long one answer may take, its body included; a minute without it. */
  readonly timeoutMs?: number;
};

export type GitHub = {
  /**
   * One claim for each distinct ask, in the order of the asks. Where the focus is a pull request, its repository's asks
   * about others get none, and its own is one question; likewise for the texts that a branch in focus doesn't give.
   * Throws GitHubError where an answer is missing, partial, refused or impossible.
   */
  readonly claim: (asks: readonly Ask[], focus?: Focus) => Promise<readonly Claim[]>;
  /**
   * Asks again, right before a repository is touched, those of the claims that let something go: closed pull requests,
   * branches that are gone. The answers, in the order of those claims; throws as `claim` does.
   */
  readonly confirm: (claims: readonly Claim[]) => Promise<readonly Claim[]>;
};
