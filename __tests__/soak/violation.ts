/** What must not be, by what it would mean to somebody. */
export const violationKinds = ['loss', 'leak', 'status', 'bound', 'other'] as const;
/**
 * `loss`: something is gone that was to stay. `leak`: a secret is where it has no business. `status`: success where it
 * wasn't one, or failure where it was. `bound`: it didn't end in time. `other`: any other promise.
 */
export type ViolationKind = (typeof violationKinds)[number];

export class Violation extends Error {
  readonly kind: ViolationKind;

  constructor(kind: ViolationKind, wrong: readonly string[], log: readonly string[]) {
    super(`${kind}: ${wrong.join('\n  ')}${log.length === 0 ? '' : `\n\nThe run's log:\n  ${log.join('\n  ')}`}`);
    this.name = 'Violation';
    this.kind = kind;
  }
}

/** Throws where anything is wrong. `log`: what the run said, for whoever looks for the reason. */
export function demandNone(kind: ViolationKind, wrong: readonly string[], log: readonly string[] = []): void {
  if (wrong.length > 0) throw new Violation(kind, wrong, log);
}

export function demand(kind: ViolationKind, holds: boolean, what: string, log: readonly string[] = []): void {
  demandNone(kind, holds ? [] : [what], log);
}
