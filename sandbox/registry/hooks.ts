/** sandbox/registry/: what happens right before a request, and answers that are not the registry's own. */
import type { Answer, AnswerOverride, RequestMatch } from './options.ts';

type Seen = { readonly method: string; readonly path: string };
/** What is to happen at a request, and how many have matched so far. */
export type Hook<What> = { readonly match: RequestMatch; readonly what: What; seen: number };

export class Hooks {
  readonly #before = new Set<Hook<() => Promise<void> | void>>();
  readonly #answers = new Set<Hook<AnswerOverride>>();

  before(match: RequestMatch, what: () => Promise<void> | void): void {
    this.#before.add({ match, what, seen: 0 });
  }

  answer(match: RequestMatch, what: AnswerOverride): () => void {
    const hook = { match, what, seen: 0 };
    this.#answers.add(hook);
    return () => {
      this.#answers.delete(hook);
    };
  }

  async runBefore(request: Seen): Promise<void> {
    for (const hook of [...this.#before]) {
      // Deleted before it runs: requests that the action itself makes must not start it again.
      if (applies(hook, request) && this.#before.delete(hook)) await hook.what();
    }
  }

  /** `real` is asked for only where no override stands in its place. */
  async answerTo(request: Seen, real: () => Promise<Answer>): Promise<Answer> {
    const found = [...this.#answers].filter((hook) => applies(hook, request)).at(-1)?.what;
    if (typeof found === 'object') return found;
    const answer = await real();
    return found === undefined ? answer : found(answer);
  }
}

/** Counts the request where it matches. */
export function applies(hook: Hook<unknown>, request: Seen): boolean {
  const { method, path, nth } = hook.match;
  if ((method !== undefined && method !== request.method) || !path.test(request.path)) return false;
  hook.seen += 1;
  return nth === undefined || hook.seen === nth;
}
