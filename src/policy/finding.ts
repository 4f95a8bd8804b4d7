/** What one condition of a rule makes of one reading of a tag. */
import type { Evidence } from '../model/index.ts';

/** A tag goes if every condition lets it go by every reading. No evidence: the rule doesn't ask. */
export type Finding =
  | { readonly kind: 'keeps'; readonly evidence: readonly [Evidence, ...Evidence[]] }
  | { readonly kind: 'lets-go'; readonly evidence: readonly Evidence[] };

export const notAsked: Finding = { kind: 'lets-go', evidence: [] };

export function finding(letsGo: boolean, evidence: Evidence): Finding {
  return { kind: letsGo ? 'lets-go' : 'keeps', evidence: [evidence] };
}

/** The same, for a reason that comes first. */
export function because(reason: Evidence, { kind, evidence }: Finding): Finding {
  return { kind, evidence: [reason, ...evidence] };
}
