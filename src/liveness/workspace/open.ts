/** Images of this registry whose repository's name is only known in part. */
import type { Reference, RepositoryName } from '../../model/index.ts';

/** `registry.example.com/team/$APP:1.2`: whatever repository `$APP` makes of it. */
export type OpenReference = Omit<Reference, 'repository'> & {
  /** What is known of the repository's name, in order; between the parts, any text or none. */
  readonly parts: readonly string[];
};

/** What an open reference may mean, among the repositories that there are: every one that it fits. */
export function closeReferences(
  open: readonly OpenReference[],
  repositories: readonly RepositoryName[],
): readonly Reference[] {
  return open.flatMap(({ parts, ...reference }) =>
    repositories
      .filter((repository) => fits(parts, repository))
      .map((repository): Reference => ({ repository, ...reference })),
  );
}

/** Whether the text begins with the first part, ends with the last, and has the others between them in order. */
export function fits(parts: readonly string[], repository: string): boolean {
  const first = parts[0] ?? '';
  const last = parts.length > 1 ? (parts.at(-1) ?? '') : '';
  if (!repository.startsWith(first) || !repository.endsWith(last)) return false;
  const end = repository.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = repository.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= end;
}
