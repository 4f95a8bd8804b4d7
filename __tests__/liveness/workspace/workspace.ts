/** A workspace in memory, and what was found in one as lines that a person can read. */
import { parseOrigin } from '../../../src/model/index.ts';
import type { Origin, Reference } from '../../../src/model/index.ts';
import { findReferences } from '../../../src/liveness/workspace/index.ts';
import type { FoundReferences, WorkspaceEntry, WorkspaceFiles } from '../../../src/liveness/workspace/index.ts';

export const origin = originOf('https://registry.example.com');

export function originOf(text: string): Origin {
  const parsed = parseOrigin(text);
  if (parsed === undefined) throw new Error(`no origin: ${text}`);
  return parsed;
}

export type InMemory = Readonly<Record<string, string | Uint8Array>>;

export function workspaceOf(contents: InMemory): WorkspaceFiles {
  const list = (directory: string): readonly WorkspaceEntry[] => {
    const inside = Object.keys(contents).flatMap((path) => {
      if (directory !== '' && !path.startsWith(`${directory}/`)) return [];
      const [name = '', ...more] = path.slice(directory === '' ? 0 : directory.length + 1).split('/');
      return [{ name, kind: more.length > 0 ? ('directory' as const) : ('file' as const) }];
    });
    return [...new Map(inside.map((entry) => [entry.name, entry])).values()];
  };
  return {
    list: (directory) => Promise.resolve(list(directory)),
    read(path, most) {
      const content = contents[path] ?? '';
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      return bytes.length > most
        ? Promise.reject(Object.assign(new Error('too large'), { code: 'EFBIG' }))
        : Promise.resolve(bytes);
    },
  };
}

export function find(
  contents: InMemory,
  options: { readonly globs?: readonly string[]; readonly aliases?: readonly string[]; readonly origin?: Origin } = {},
): Promise<FoundReferences> {
  const globs = options.globs ?? Object.keys(contents);
  const files = workspaceOf(contents);
  return findReferences({ globs, aliases: options.aliases ?? [], origin: options.origin ?? origin, root: '/w', files });
}

/** `file:line repository:tag`, sorted by file and line; `~` where the repository is known in part. */
export function render(found: FoundReferences): readonly string[] {
  const open = found.open.map(({ parts, ...each }) => ({ ...each, repository: `~${parts.join('*')}` }));
  return [...found.references, ...open]
    .map((each) => ({ ...each, text: `${each.file}:${each.line} ${each.repository}${renderNames(each.names)}` }))
    .sort((a, b) => compare(a.file, b.file) || a.line - b.line || compare(a.text, b.text))
    .map((each) => each.text);
}

function renderNames(names: Reference['names']): string {
  if (names.kind === 'all') return ' (all)';
  return names.kind === 'tag' ? `:${names.tag}` : `@${names.digest}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
