/** What the event that started the run is about, as GitHub's runner hands it over. */
import { z } from 'zod';
import type { Focus } from '../../model/index.ts';
import { GitHubError } from './error.ts';

const repository = z.looseObject({ full_name: z.string().regex(/^[^/\s]+\/[^/\s]+$/) });

// https://docs.github.com/en/webhooks/webhook-events-and-payloads: only what is needed of them.
const pullRequestEvent = z.looseObject({ action: z.string().min(1) });
const closedPullRequest = z.looseObject({
  number: z.int().positive(),
  pull_request: z.looseObject({ number: z.int().positive() }),
  repository,
});
const deleteEvent = z.looseObject({ ref: z.string().min(1), ref_type: z.string().min(1), repository });

/**
 * A closed pull request (`pull_request`, `pull_request_target`) or a deleted branch (`delete`); `undefined` for every
 * other event, and where there is none. `readText` reads a UTF-8 file or throws. Throws GitHubError where the payload of
 * one of those events can't be read: taken for 'no event', it would make a sweep of what was to be one preview.
 */
export function readEvent(
  env: Readonly<Record<string, string | undefined>>,
  readText: (path: string) => string,
): Focus | undefined {
  const event = env.GITHUB_EVENT_NAME;
  switch (event) {
    case 'pull_request':
    case 'pull_request_target':
      return focusOnPullRequest(event, readPayload(event, env.GITHUB_EVENT_PATH, readText));
    case 'delete':
      return focusOnBranch(event, readPayload(event, env.GITHUB_EVENT_PATH, readText));
    default:
      return undefined;
  }
}

function focusOnPullRequest(event: string, payload: unknown): Focus | undefined {
  if (parse(event, pullRequestEvent, payload).action !== 'closed') return undefined;
  const closed = parse(event, closedPullRequest, payload);
  if (closed.number !== closed.pull_request.number)
    throw unreadable(event, `it names two pull requests, ${closed.number} and ${closed.pull_request.number}`);
  return { kind: 'pull-request', repo: closed.repository.full_name, number: closed.number, event };
}

function focusOnBranch(event: string, payload: unknown): Focus | undefined {
  const deleted = parse(event, deleteEvent, payload);
  if (deleted.ref_type !== 'branch') return undefined;
  // Webhooks give the bare name; a payload that other tools wrote may have the whole ref.
  const ref = deleted.ref.replace(/^refs\/heads\//, '');
  if (ref === '') throw unreadable(event, 'its branch has no name');
  return { kind: 'branch', repo: deleted.repository.full_name, ref, event };
}

function readPayload(event: string, path: string | undefined, readText: (path: string) => string): unknown {
  if (path === undefined || path === '') throw unreadable(event, 'GITHUB_EVENT_PATH is not set');
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    throw unreadable(event, `${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(event, `${path} is no JSON`);
  }
}

function parse<T>(event: string, schema: z.ZodType<T>, payload: unknown): T {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole of it');
  throw unreadable(event, `it is not as GitHub describes it: ${[...new Set(fields)].join(', ')}`);
}

function unreadable(event: string, why: string): GitHubError {
  return new GitHubError({
    what: `The payload of the event ${event} can't be read: ${why}`,
    wayOut:
      "GitHub's runner writes it to the file that GITHUB_EVENT_PATH names; outside of GitHub Actions leave GITHUB_EVENT_NAME unset, and everything is asked for.",
  });
}
