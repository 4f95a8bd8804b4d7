/** What came of each thing planned: one outcome for each tag and manifest, the last word counts. */
import type { Digest, Outcome, Problem, RepositoryName, SparedBecause, Step, Subject, Tag } from '../model/index.ts';

export const tagSubject = (tag: Tag): Subject => ({ kind: 'tag', tag });
export const manifestSubject = (digest: Digest): Subject => ({ kind: 'manifest', digest });

export class Ledger {
  readonly #repository: RepositoryName;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #deleted = new Set<Digest>();
  #isStopped = false;
  #stopped: Problem | undefined;

  constructor(repository: RepositoryName) {
    this.#repository = repository;
  }

  done(subject: Subject, via: Step['kind']): void {
    this.#write({ repository: this.#repository, subject, result: 'done', via });
    if (subject.kind === 'manifest') this.#deleted.add(subject.digest);
  }

  gone(subject: Subject): void {
    // What this run has removed itself stays 'done', however often it is found to be gone.
    if (this.resultOf(subject) !== 'done')
      this.#write({ repository: this.#repository, subject, result: 'already-gone' });
  }

  spared(subject: Subject, why: SparedBecause): void {
    if (this.resultOf(subject) === undefined)
      this.#write({ repository: this.#repository, subject, result: 'spared', why });
  }

  failed(subject: Subject, why: Problem): void {
    this.#write({ repository: this.#repository, subject, result: 'failed', why });
  }

  /**
   * Nothing more is begun: the registry is gone, the account has lost its right, or the run was interrupted, which is no
   * reason of this repository's. The first reason is kept.
   */
  stop(why?: Problem): void {
    this.#isStopped = true;
    this.#stopped ??= why;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  get stopped(): Problem | undefined {
    return this.#stopped;
  }

  /**
   * Manifests whose deletion, or a tag's of theirs, was asked for and not refused: if one is missing, this run took it, or
   * somebody else at that very moment.
   */
  get deleted(): ReadonlySet<Digest> {
    return this.#deleted;
  }

  /** A deletion that may have happened, though no answer said so. */
  uncertain(digest: Digest): void {
    this.#deleted.add(digest);
  }

  outcomeOf(subject: Subject): Outcome | undefined {
    return this.#outcomes.get(keyOf(subject));
  }

  /** Whether something was asked of the registry that may have been carried out. */
  get hasWritten(): boolean {
    return this.#deleted.size > 0 || this.outcomes().some(({ result }) => result === 'done' || result === 'failed');
  }

  resultOf(subject: Subject): Outcome['result'] | undefined {
    return this.outcomeOf(subject)?.result;
  }

  outcomes(): readonly Outcome[] {
    return [...this.#outcomes.values()];
  }

  failures(): readonly Problem[] {
    return this.outcomes().flatMap((outcome) => (outcome.result === 'failed' ? [outcome.why] : []));
  }

  #write(outcome: Outcome): void {
    this.#outcomes.set(keyOf(outcome.subject), outcome);
  }
}

function keyOf(subject: Subject): string {
  return subject.kind === 'tag' ? `tag ${subject.tag}` : `manifest ${subject.digest}`;
}
