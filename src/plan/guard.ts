/** `max-deletions`: a plan that is larger than anyone meant is refused whole, before anything is deleted. */
import type { Problem, RepositoryPlan } from '../model/index.ts';

export type Limit =
  | { readonly kind: 'count'; readonly count: number }
  /** Of the tags seen, 0 to 100. */
  | { readonly kind: 'percent'; readonly percent: number };

/** `50` or `10%` (a fraction is allowed: `2.5%`). `undefined` for all other text. */
export function parseLimit(text: string): Limit | undefined {
  const [, digits, sign] = /^(\d{1,15}(?:\.\d{1,6}(?=%))?)(%?)$/.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  const figure = Number(digits);
  if (sign === '') return { kind: 'count', count: figure };
  return figure > 100 ? undefined : { kind: 'percent', percent: figure };
}

/**
 * The reason not to carry these plans out, all repositories together, if they delete more than the limit allows;
 * exactly the limit is allowed. What is counted: tags, and manifests that no tag reached (`delete-untagged`).
 */
export function guard(plans: readonly RepositoryPlan[], limit: Limit | undefined): Problem | undefined {
  if (limit === undefined) return undefined;
  const untagged = plans.flatMap(({ manifests }) => manifests).filter(({ role }) => role === 'untagged').length;
  const deletions = sum(plans.map(({ tags }) => tags.length)) + untagged;
  const seen = sum(plans.map(({ tagsSeen }) => tagsSeen));
  const allowed = limit.kind === 'count' ? limit.count : Math.floor((limit.percent * seen) / 100);
  if (deletions <= allowed) return undefined;
  const setting = limit.kind === 'count' ? `${limit.count}` : `${limit.percent}%`;
  // Untagged manifests can make it more than all tags seen: no percentage is enough for that.
  const enough = limit.kind === 'count' || deletions > seen ? `${deletions}` : `${percentAtLeast(deletions, seen)}%`;
  return {
    at: 'max-deletions',
    what:
      `The plan deletes ${deletions} of the ${seen} tags seen (repositories: ${plans.length}), and ` +
      `max-deletions: ${setting} allows ${allowed}. Nothing is deleted.`,
    wayOut:
      'Look at the plan with dry-run: true. If all of it should go, allow it with ' +
      `max-deletions: ${enough}, or leave max-deletions out.`,
  };
}

/** Rounded up to a whole percent, so that it is enough. */
function percentAtLeast(part: number, whole: number): number {
  return Math.ceil((part * 100) / whole);
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}
