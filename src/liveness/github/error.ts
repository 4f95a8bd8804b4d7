/** What went wrong between us and GitHub. */

export type GitHubErrorFields = {
  /** What happened and where, as a sentence without secrets. */
  readonly what: string;
  readonly wayOut: string;
  readonly status?: number | undefined;
};

/**
 * GitHub didn't say what was asked: nothing may be deleted on the strength of it. The message is `what`; `wayOut` is what
 * to do about it, with the permission to grant where that helps. Neither holds a secret.
 */
export class GitHubError extends Error {
  readonly what: string;
  readonly wayOut: string;
  readonly status: number | undefined;

  constructor(fields: GitHubErrorFields) {
    super(fields.what);
    this.name = 'GitHubError';
    this.what = fields.what;
    this.wayOut = fields.wayOut;
    this.status = fields.status;
  }
}
