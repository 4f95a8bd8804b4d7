/** What went wrong between us and the registry, said once for every reader. */

/**
 * `unauthorized`: the credentials are wrong or missing. `denied`: they are right, and the account may not do this.
 * `protocol`: it answers, but not as a registry does.
 */
export type RegistryErrorKind =
  | 'unreachable'
  | 'tls'
  | 'unauthorized'
  | 'denied'
  | 'unsupported'
  | 'not-found'
  | 'rate-limited'
  | 'server'
  | 'protocol';

export type RegistryErrorFields = {
  readonly kind: RegistryErrorKind;
  /** What happened, as a sentence. */
  readonly what: string;
  readonly wayOut: string;
  readonly method: string;
  /** Already without secrets. */
  readonly url: string;
  readonly status?: number | undefined;
  readonly codes?: readonly string[];
  readonly cause?: unknown;
};

/** `message` says what happened and where; `wayOut` what to do about it, as a sentence of its own. Neither holds a secret. */
export class RegistryError extends Error {
  readonly kind: RegistryErrorKind;
  readonly method: string;
  readonly url: string;
  readonly status: number | undefined;
  readonly codes: readonly string[];
  readonly wayOut: string;

  constructor(fields: RegistryErrorFields) {
    const codes = fields.codes ?? [];
    const answer = [fields.status?.toString(), ...codes].filter((part) => part !== undefined).join(' ');
    super(`${fields.what} (${fields.method} ${fields.url}${answer === '' ? '' : `: ${answer}`})`, {
      cause: fields.cause,
    });
    this.name = 'RegistryError';
    this.kind = fields.kind;
    this.method = fields.method;
    this.url = fields.url;
    this.status = fields.status;
    this.codes = codes;
    this.wayOut = fields.wayOut;
  }
}
