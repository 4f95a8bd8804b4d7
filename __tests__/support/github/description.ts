/** GitHub's published OpenAPI description, as far as it is used (scripts/github-openapi.ts): samples, and what answers must look like. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;
export type Operation =
  | '/repos/{owner}/{repo}'
  | '/repos/{owner}/{repo}/pulls'
  | '/repos/{owner}/{repo}/pulls/{pull_number}'
  | '/repos/{owner}/{repo}/branches'
  | '/repos/{owner}/{repo}/tags';

export const descriptionText = readFileSync(join(import.meta.dirname, 'openapi.json'), 'utf8');
const description = JSON.parse(descriptionText) as Json;

// `nullable` and `example` are OpenAPI's words, so no strict mode; ajv-formats is CommonJS and has its function inside.
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ ...description, $id: 'github' });

const validators = new Map<string, ValidateFunction>();

function validator(pointer: string): ValidateFunction {
  const known = validators.get(pointer) ?? ajv.compile({ $ref: `github#${pointer}` });
  validators.set(pointer, known);
  return known;
}

function at(...path: readonly string[]): unknown {
  return path.reduce<unknown>((found, name) => (found as Json | undefined)?.[name], description);
}

const escaped = (path: string): string =>
  path.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');

/**
 * What is wrong with an answer, in words; empty if nothing is. A refusal that the description leaves out of this
 * operation (401, 403, 429) must be a basic error.
 */
export function problemsOf(operation: Operation, status: number, body: unknown): readonly string[] {
  const responses = ['paths', operation, 'get', 'responses'] as const;
  let pointer = ['', 'paths', escaped(operation), 'get', 'responses', status.toString()].join('/');
  let response = at(...responses, status.toString()) as Json | undefined;
  const reference = response?.$ref;
  if (typeof reference === 'string') {
    pointer = reference.slice(1);
    response = at(...reference.slice(2).split('/')) as Json;
  }
  if (response === undefined && status < 400) return [`${operation} has no answer ${status}`];
  const content = (response?.content as Json | undefined)?.['application/json'];
  if (response !== undefined && content === undefined)
    return body === undefined ? [] : [`${operation} ${status} has no body`];
  const validate = validator(
    response === undefined ? '/components/schemas/basic-error' : `${pointer}/content/application~1json/schema`,
  );
  if (validate(body)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message = '' }) => `${operation} ${status} ${instancePath} ${message}`,
  );
}

/** A sample answer of the description, as a copy of its own. */
export function sample(name: string): unknown {
  return structuredClone((at('components', 'examples', name) as { readonly value: unknown }).value);
}
