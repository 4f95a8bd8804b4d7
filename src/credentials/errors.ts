/** `message` says where the credentials were looked for and what is wrong there, never a secret; `wayOut` what to do. */
export class CredentialsError extends Error {
  readonly wayOut: string;

  constructor(what: string, wayOut: string, cause?: unknown) {
    super(what, { cause });
    this.name = 'CredentialsError';
    this.wayOut = wayOut;
  }
}
