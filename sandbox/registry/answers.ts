/** sandbox/registry/: the shapes of its answers. */
import type { Answer } from './options.ts';

// Messages and statuses of the distribution API (distribution 3.1.1, registry/api/errcode).
const errors = {
  BLOB_UNKNOWN: [404, 'blob unknown to registry'],
  BLOB_UPLOAD_UNKNOWN: [404, 'blob upload unknown to registry'],
  DENIED: [403, 'requested access to the resource is denied'],
  DIGEST_INVALID: [400, 'provided digest did not match uploaded content'],
  MANIFEST_BLOB_UNKNOWN: [400, 'blob unknown to registry'],
  MANIFEST_INVALID: [400, 'manifest invalid'],
  MANIFEST_UNKNOWN: [404, 'manifest unknown'],
  NAME_UNKNOWN: [404, 'repository name not known to registry'],
  PAGINATION_NUMBER_INVALID: [400, 'invalid number of results requested'],
  RANGE_INVALID: [416, 'invalid content range'],
  UNAUTHORIZED: [401, 'authentication required'],
  UNKNOWN: [500, 'unknown error'],
  UNSUPPORTED: [405, 'The operation is unsupported.'],
} as const;

export type ErrorCode = keyof typeof errors;

/** JSON as the registry writes it: one line with a line feed. */
export function json(status: number, value: unknown, headers: Answer['headers'] = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: `${JSON.stringify(value)}\n` };
}

/** The API's error envelope; `detail` and `message` as the registry happens to fill them. */
export function failure(
  code: ErrorCode,
  options: { readonly detail?: unknown; readonly message?: string; readonly headers?: Answer['headers'] } = {},
): Answer {
  const [status, usual] = errors[code];
  const error = { code, message: options.message ?? usual, detail: options.detail };
  return json(status, { errors: [error] }, options.headers);
}

/** Plain text, as Go's own HTTP server answers what no handler takes. */
export function text(status: number, body: string, headers: Answer['headers'] = {}): Answer {
  const type = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return { status, headers: { ...type, ...headers }, body: `${body}\n` };
}

export function empty(status: number, headers: Answer['headers'] = {}): Answer {
  return { status, headers };
}

export const pageNotFound = text(404, '404 page not found');

export function methodNotAllowed(...allowed: readonly string[]): Answer {
  return text(405, 'Method not allowed', { allow: allowed.join(', ') });
}
