/** Images in parts → whole ones, the parts of one file joined with those that others give at the same place. Pure. */
import { parseTag } from '../../model/index.ts';
import { WorkspaceError } from './error.ts';
import { unknown, unknownRegistry } from './expression.ts';
import { parseImage } from './image-name.ts';
import type { RegistryNames } from './registry-names.ts';
import type { Sighting } from './scan.ts';

/** Part of a name with its expressions resolved: everything that it can be. */
export type ResolvedPart = { readonly texts: readonly string[]; readonly line: number; readonly as: string };

export type ResolvedSplit = {
  readonly path: string | undefined;
  readonly registries: readonly ResolvedPart[];
  readonly repositories: readonly ResolvedPart[];
  readonly tags: readonly ResolvedPart[];
  readonly digests: readonly ResolvedPart[];
};

export type FileSplits = {
  readonly file: string;
  readonly splits: readonly ResolvedSplit[];
  readonly globals: readonly ResolvedPart[];
};

export type FileSighting = Sighting & { readonly file: string };

// Thousands of charts stay far below; what is above was written to make it take for ever.
const mostCombinations = 200_000;

/**
 * A repository without a host is this registry's only where a `registry` beside it, above it or in `global` says so; one
 * that can't be resolved may say so. A tag without a repository is put to every repository that another file has under
 * the same keys: the values of a stage say only what they change.
 * Throws WorkspaceError.
 */
export function joinSplits(files: readonly FileSplits[], registry: RegistryNames): readonly FileSighting[] {
  const globals = new Set(files.flatMap((each) => each.globals).flatMap((part) => part.texts));
  let combinations = 0;
  const partial = new Map<string, { readonly file: string; readonly split: ResolvedSplit }[]>();
  for (const { file, splits } of files)
    for (const split of splits) {
      if (split.path === undefined || split.repositories.length > 0) continue;
      const own = partial.get(split.path);
      if (own === undefined) partial.set(split.path, [{ file, split }]);
      else own.push({ file, split });
    }
  return files.flatMap(({ file, splits }) =>
    splits.flatMap((split) => {
      const others =
        split.path === undefined ? [] : (partial.get(split.path) ?? []).filter((each) => each.file !== file);
      combinations += split.repositories.length === 0 ? 0 : others.length + globals.size;
      if (combinations > mostCombinations) throw tooMany(file);
      const beside = [...split.registries, ...others.flatMap((other) => other.split.registries)];
      const prefixes = new Set([...globals, ...beside.flatMap((part) => part.texts)]);
      return split.repositories.flatMap((repository) => {
        const bases = basesOf(repository, prefixes, registry);
        return [
          ...sightingsOf(bases, repository, split, registry).map((each) => ({ file, ...each })),
          ...others.flatMap((other) =>
            tagged(bases, repository, other.split, registry).map((each) => ({ file: other.file, ...each })),
          ),
        ];
      });
    }),
  );
}

/** The names that are this registry's, of all that the repository can be called. */
function basesOf(repository: ResolvedPart, prefixes: ReadonlySet<string>, registry: RegistryNames): readonly string[] {
  const names = repository.texts.flatMap((text) => [
    text,
    ...[...prefixes].filter((prefix) => prefix !== '').map((prefix) => `${prefix.replace(/\/+$/, '')}/${text}`),
  ]);
  return [...new Set(names)].filter((name) => parseImage(name, registry).length > 0);
}

function sightingsOf(
  bases: readonly string[],
  repository: ResolvedPart,
  split: ResolvedSplit,
  registry: RegistryNames,
): readonly Sighting[] {
  const hasMore = split.tags.length + split.digests.length > 0;
  const whole = bases
    .filter((base) => !hasMore || nameOnly(base) !== base)
    .flatMap((base) => parseImage(base, registry))
    .map((image) => ({ image, line: repository.line, as: repository.as }));
  return [...whole, ...tagged(bases, repository, split, registry)];
}

function tagged(
  bases: readonly string[],
  repository: ResolvedPart,
  { tags, digests }: Pick<ResolvedSplit, 'tags' | 'digests'>,
  registry: RegistryNames,
): readonly Sighting[] {
  const parts = [
    ...tags.map((part) => ({ part, behind: part.texts.map((text) => `:${tagText(text)}`) })),
    ...digests.map((part) => ({ part, behind: part.texts.map((text) => `@${digestText(text)}`) })),
  ];
  return parts.flatMap(({ part, behind }) =>
    bases.flatMap((base) =>
      behind
        .flatMap((text) => parseImage(nameOnly(base) + text, registry))
        .map((image) => ({ image, line: part.line, as: `${repository.as} ${part.as}` })),
    ),
  );
}

/** Without tag and digest. */
function nameOnly(text: string): string {
  return text.replace(/@.*$/s, '').replace(/:[^/]*$/, '');
}

/** What no tag can be is one that isn't known; a digest may stand behind it: `1.2@sha256:…`. */
function tagText(text: string): string {
  return parseTag(text.replace(/@.*$/s, '')) === undefined ? unknown : text;
}

/** Grafana's charts have the hex digits alone. */
function digestText(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return `sha256:${text}`;
  return text === '' || text === unknownRegistry ? unknown : text;
}

function tooMany(file: string): WorkspaceError {
  return new WorkspaceError(
    `keep-referenced-in: ${file} and the files beside it put more than ${mostCombinations} names of images together.`,
    'Name only the files that say what is in use.',
  );
}
