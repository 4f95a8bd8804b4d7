/**
 * Cuts the operations that src/liveness/github/ asks out of GitHub's OpenAPI description, with all that they refer to,
 * for the tests: `node scripts/github-openapi.ts PATH/api.github.com.json`. The description is in the npm package
 * @octokit/openapi (MIT), which is no dependency because of its size (385 MB).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { format, resolveConfig } from 'prettier';

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
type JsonObject = { readonly [name: string]: Json };

const operations = [
  '/repos/{owner}/{repo}',
  '/repos/{owner}/{repo}/pulls',
  '/repos/{owner}/{repo}/pulls/{pull_number}',
  '/repos/{owner}/{repo}/branches',
  '/repos/{owner}/{repo}/tags',
];

const excerptPath = join(import.meta.dirname, '..', '__tests__', 'support', 'github', 'openapi.json');

// Words for people, and what only GitHub's own site reads.
const dropped = new Set(['description', 'summary', 'externalDocs', 'tags', 'x-github', 'operationId', 'title']);

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: Json | undefined): string {
  if (typeof value !== 'string')
    throw new Error('This is no OpenAPI description of GitHub: it has no title or version.');
  return value;
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((found, name) => (isObject(found) ? found[name] : undefined), value);
}

/** Schemas and operations without their prose; `names` are those of properties, which may well be called `title`. */
function withoutProse(value: Json, names = false): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withoutProse(item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([name, inner]) => {
    if (names) return true;
    // In a schema an example is prose; beside one it is a sample answer.
    return (
      !dropped.has(name) && (name !== 'example' || at(inner, '$ref') !== undefined) && !isProseExamples(name, inner)
    );
  });
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutProse(inner, !names && name === 'properties')]));
}

function isProseExamples(name: string, value: Json): boolean {
  return name === 'examples' && Array.isArray(value);
}

const pointer = /^#\/components\/([^/]+)\/([^/]+)$/;

/** What `value` refers to, and what that refers to: `kind/name` → definition. */
function referred(document: JsonObject, value: Json, found = new Map<string, Json>()): ReadonlyMap<string, Json> {
  if (Array.isArray(value)) for (const item of value as readonly Json[]) referred(document, item, found);
  else if (isObject(value))
    for (const [name, inner] of Object.entries(value)) {
      const target = name === '$ref' && typeof inner === 'string' ? pointer.exec(inner) : null;
      const [, kind, id] = target ?? [];
      if (kind === undefined || id === undefined) {
        referred(document, inner, found);
        continue;
      }
      const key = `${kind}/${id}`;
      if (found.has(key)) continue;
      const definition = at(document, 'components', kind, id);
      if (definition === undefined) throw new Error(`The description has no ${key}.`);
      // A sample answer is data: it has titles and descriptions of its own.
      const kept = kind === 'examples' ? definition : withoutProse(definition);
      found.set(key, kept);
      if (kind !== 'examples') referred(document, kept, found);
    }
  return found;
}

function excerpt(document: JsonObject): JsonObject {
  const paths = Object.fromEntries(
    operations.map((path) => {
      const operation = at(document, 'paths', path, 'get');
      if (operation === undefined) throw new Error(`The description has no GET ${path}.`);
      return [path, { get: withoutProse(operation) }];
    }),
  );
  // Refusals that the description leaves out of single operations have this shape everywhere.
  const components: Record<string, Record<string, Json>> = {};
  const all = referred(document, { paths, also: { $ref: '#/components/schemas/basic-error' } });
  for (const [key, definition] of [...all].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const [kind = '', name = ''] = key.split('/');
    (components[kind] ??= {})[name] = definition;
  }
  return {
    openapi: at(document, 'openapi') ?? null,
    info: {
      title: `An excerpt of: ${text(at(document, 'info', 'title'))}`,
      version: at(document, 'info', 'version') ?? null,
      license: at(document, 'info', 'license') ?? null,
      'x-source': `npm @octokit/openapi ${text(at(document, 'info', 'version'))}, api.github.com.json`,
      'x-copyright': 'Copyright (c) 2020 Octokit contributors; the permission notice is in openapi.LICENSE',
      'x-made-by': 'scripts/github-openapi.ts',
    },
    paths,
    components,
  };
}

const source = process.argv[2];
if (source === undefined) {
  console.error('Which description? node scripts/github-openapi.ts PATH/api.github.com.json (npm @octokit/openapi)');
  process.exitCode = 1;
} else {
  const document = JSON.parse(readFileSync(source, 'utf8')) as JsonObject;
  const options = await resolveConfig(excerptPath);
  writeFileSync(excerptPath, await format(JSON.stringify(excerpt(document)), { ...options, parser: 'json' }));
  console.log(`wrote ${excerptPath}`);
}
