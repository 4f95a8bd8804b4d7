/** The output of `git ls-remote`, read (pure). It is believed as a whole or not at all. */
import { LiveRefsError } from './error.ts';

/** Bytes: some 600,000 refs. */
export const longestLiveRefs = 64 * 1024 * 1024;

export type LiveRefs = {
  /** Names of branches, `refs/heads/` left out; at least one. */
  readonly branches: readonly string[];
  /** Names of git tags. */
  readonly tags: readonly string[];
  /** Numbers of pull requests or merge requests; empty where the list has none at all. */
  readonly pullRequests: ReadonlySet<number>;
};

/** An object's name, in SHA-1 or SHA-256, and a ref; `git ls-remote --symref` also says what HEAD stands for. */
const refLine = /^(?:[0-9a-f]{40}|[0-9a-f]{64}|ref: refs\/[^\t]+)\t(HEAD|refs\/[^\t]+)$/;
/** What git says on stderr, for those who keep both streams. */
const fromLine = /^From \S+$/;

/**
 * GitHub and Gitea: `refs/pull/N/head` and `/merge`. GitLab: `refs/merge-requests/N/head` and `/merge`. Bitbucket:
 * `refs/pull-requests/N/from` and others.
 */
const pullRequest =
  /^refs\/(?:pull\/(\d{1,15})\/(?:head|merge)|merge-requests\/(\d{1,15})\/(?:head|merge)|pull-requests\/(\d{1,15})\/.+)$/;

/** `file` names it in errors. Throws LiveRefsError for what is not such a list, not all of it, or without any branch. */
export function parseLiveRefs(text: string, file: string): LiveRefs {
  const branches: string[] = [];
  const tags: string[] = [];
  const pullRequests = new Set<number>();
  const lines = text.split('\n');
  // A line that was cut names another branch than the one that lives.
  if (lines.pop() !== '') throw new LiveRefsError(`${file} ends in the middle of a line, so it isn't all of the list.`);
  for (const [index, line] of lines.entries()) {
    const whole = line.replace(/\r$/, '');
    if (fromLine.test(whole)) continue;
    const ref = refLine.exec(whole)?.[1];
    if (ref === undefined) throw new LiveRefsError(`Line ${index + 1} of ${file} is none that git ls-remote prints.`);
    if (ref.startsWith('refs/heads/')) branches.push(ref.slice('refs/heads/'.length));
    // `^{}` is what an annotated tag points at.
    else if (ref.startsWith('refs/tags/')) tags.push(ref.slice('refs/tags/'.length).replace(/\^\{\}$/, ''));
    const [, pull, merge, other] = pullRequest.exec(ref) ?? [];
    const number = pull ?? merge ?? other;
    if (number !== undefined) pullRequests.add(Number(number));
  }
  if (branches.length === 0)
    throw new LiveRefsError(
      `${file} names no branch at all, which can't be true of a repository that images are built from.`,
    );
  return { branches, tags, pullRequests };
}
