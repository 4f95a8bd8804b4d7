/** What is wrong with a list of refs. */

export const howToMake =
  'Make it right before the run, all of it and with every ref: git ls-remote URL > refs.txt (without --heads and --tags).';

/** The list can't stand in for anybody: nothing may be deleted on the strength of it. */
export class LiveRefsError extends Error {
  override readonly name = 'LiveRefsError';
  readonly wayOut: string;

  constructor(what: string, wayOut: string = howToMake) {
    super(what);
    this.wayOut = wayOut;
  }
}
