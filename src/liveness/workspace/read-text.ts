/** One file's text → what it names, and the parts that other files may complete. Pure. */
import type { Problem } from '../../model/index.ts';
import { WorkspaceError } from './error.ts';
import { hasExpression, parsePieces, unknownRegistry } from './expression.ts';
import type { RegistryNames } from './registry-names.ts';
import { readImage, scanText } from './scan.ts';
import type { Sighting } from './scan.ts';
import type { FileSplits, ResolvedPart } from './splits.ts';
import { joinValues, makeExpand, parseAssignments } from './variables.ts';
import type { Expand, Values } from './variables.ts';
import { readForms } from './yaml-forms.ts';
import type { Part, YamlForms } from './yaml-forms.ts';
import { parseYaml } from './yaml-text.ts';

export type WorkspaceText = {
  /** Relative to the workspace. */
  readonly file: string;
  readonly text: string;
  /** What other files beside it give; see `makeExpand`. */
  readonly beside: Values;
  /** What `.env` beside it gives: that is the file's own where it is a compose file. */
  readonly dotEnv: Values;
};

export type TextReading = FileSplits & {
  readonly sightings: readonly Sighting[];
  readonly problems: readonly Problem[];
};

const nothing: YamlForms = {
  splits: [],
  globals: [],
  images: [],
  variables: new Map(),
  claims: [],
  isCompose: false,
};

/** Throws WorkspaceError for YAML that can't be read and may hold an image in parts. */
export function readText({ file, text, beside, dotEnv }: WorkspaceText, registry: RegistryNames): TextReading {
  const forms = isYaml(file) && needsStructure(text, registry) ? readYaml(file, text, registry) : nothing;
  const values = joinValues(parseAssignments(text), forms.variables, forms.isCompose ? dotEnv : new Map());
  const expand = makeExpand(values, beside);
  const resolve = (part: Part): ResolvedPart => ({ ...part, as: part.text, texts: expand(parsePieces(part.text)) });
  return {
    file,
    sightings: [
      ...scanText(withoutClaims(text, forms.claims), registry, expand, isDockerfile(file)),
      ...forms.images.flatMap((image) => readImage(image, registry, expand)),
    ],
    splits: forms.splits.map((split) => ({
      path: split.path,
      registries: split.registries.map(resolve),
      repositories: split.repositories.map(resolve),
      tags: split.tags.map(resolve),
      digests: split.digests.map(resolve),
    })),
    globals: forms.globals.map(resolve),
    problems: problemsOf(file, forms.images, expand),
  };
}

function isYaml(file: string): boolean {
  return /\.(?:ya?ml|json)$/i.test(file);
}

function isDockerfile(file: string): boolean {
  return /(?:^|[/.])(?:dockerfile|containerfile)(?:\.[^/]*)?$/i.test(file);
}

const partKeys = /(?:registry|repository|hub|tag|digest|sha|sha256|newname)["']?\s*:/i;
const imageKey = /image["']?\s*:/i;

/** YAML takes its time; an image whose name stands in one piece is found in the text. */
function needsStructure(text: string, registry: RegistryNames): boolean {
  if (partKeys.test(text)) return true;
  return (registry.implicit || hasExpression(text) || /[*&]/.test(text)) && imageKey.test(text);
}

function readYaml(file: string, text: string, registry: RegistryNames): YamlForms {
  try {
    return readForms(parseYaml(text));
  } catch (cause) {
    // A chart's templates are no YAML before they are filled in. Read as text, a name without a tag keeps all; only a
    // registry that stands alone would be missed.
    if (text.includes('{{') && !registry.alone.test(text)) return nothing;
    const what = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? '';
    throw new WorkspaceError(
      `keep-referenced-in: ${file} can't be read as YAML: ${what.replace(/:$/, '')}.`,
      `Correct it, or exclude it if nothing in it is in use: !${file}`,
      cause,
    );
  }
}

/** Blanks in their place, so that lines stay where they are. */
function withoutClaims(text: string, claims: YamlForms['claims']): string {
  let rest = '';
  let at = 0;
  for (const [start, end] of [...claims].sort((a, b) => a[0] - b[0])) {
    if (start < at) continue;
    rest += text.slice(at, start) + text.slice(start, end).replace(/[^\n]/g, ' ');
    at = end;
  }
  return rest + text.slice(at);
}

/** `image: ${IMAGE}`: nobody can tell whether that is of this registry. One for each file. */
function problemsOf(file: string, images: readonly Part[], expand: Expand): readonly Problem[] {
  const untold = images.filter(({ text }) =>
    expand(parsePieces(text)).some((each) => /^[\0\u0001]+(?::[^/]*)?$/.test(each)),
  );
  const [first] = untold;
  if (first === undefined) return [];
  const more = untold.length > 1 ? ` (and ${untold.length - 1} more)` : '';
  return [
    {
      at: `${file}:${first.line}`,
      what: `${first.text.replaceAll(unknownRegistry, '')}${more} is an image that is named elsewhere; nothing is kept for it`,
      wayOut: 'Add the file that names it to keep-referenced-in, or give the variable a value in this file.',
      place: { file, line: first.line },
    },
  ];
}
