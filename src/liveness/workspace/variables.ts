/** Variables and the values that a file gives them. Pure. */
import { parsePieces, unknown, unknownRegistry } from './expression.ts';
import type { Piece } from './expression.ts';

/** The values that a name is given, as written: every one of them, since which one holds when is not told. */
export type Values = ReadonlyMap<string, ReadonlySet<string>>;

/** Every text that the pieces can be, with `unknown` or `unknownRegistry` where nothing is known. */
export type Expand = (pieces: readonly Piece[]) => readonly string[];

// More combinations than a person would read through are as good as unknown; it also bounds values that name each other.
const mostValues = 64;
const deepest = 8;

const identifier = '[A-Za-z_][\\w]*';
const plain = new RegExp(String.raw`^(?:\$(${identifier})|\$\{(${identifier})(?::?\?[^}]*)?\}|\$\((${identifier})\))$`);
const withDefault = new RegExp(String.raw`^\$\{(${identifier}):?[-=](.*)\}$`, 's');
const dotted = /^\$\{\s*((?:var|local)\.[\w-]+)\s*\}$/;
const workflow = /^\$\{\{\s*env\.([\w-]+)\s*\}\}$/;

/**
 * `values` are the file's own. `beside` are given in files next to it: they join what is known here, and make nothing
 * known that isn't.
 */
export function makeExpand(values: Values, beside: Values): Expand {
  const resolved = new Map<string, readonly string[]>();
  /** The names that are being resolved, the innermost last. */
  const open: string[] = [];

  const expand = (pieces: readonly Piece[], depth: number): readonly string[] => {
    let texts: readonly string[] = [''];
    for (const piece of pieces) {
      const found = piece.kind === 'literal' ? [piece.text] : resolve(piece.text, depth);
      const few = texts.length * found.length > mostValues ? [markOf(piece.text)] : found;
      texts = texts.flatMap((text) => few.map((value) => text + value));
    }
    return [...new Set(texts)];
  };

  const resolve = (expression: string, depth: number): readonly string[] => {
    const names = plain.exec(expression) ?? dotted.exec(expression) ?? workflow.exec(expression);
    const fallback = withDefault.exec(expression);
    const name = names?.slice(1).find(Boolean) ?? fallback?.[1];
    if (name === undefined || depth > deepest) return [markOf(expression)];
    const known = [...valuesOf(name, expression, depth)];
    if (fallback !== null) {
      known.push(...expand(parsePieces(fallback[2] ?? ''), depth + 1));
      for (const text of beside.get(name) ?? []) known.push(...expand(parsePieces(text), depth + 1));
    }
    return known.length === 0 || known.length > mostValues ? [markOf(expression)] : [...new Set(known)];
  };

  const valuesOf = (name: string, expression: string, depth: number): readonly string[] => {
    const given = values.get(name);
    if (given === undefined) return [];
    const before = resolved.get(name);
    if (before !== undefined) return before;
    // `TAG=${TAG:-1.2}` adds its default to the other values; a longer circle is not followed.
    if (open.includes(name)) return open.at(-1) === name ? [] : [markOf(expression)];
    open.push(name);
    const raw = [...given, ...(beside.get(name) ?? [])];
    const texts = new Set(raw.flatMap((text) => expand(parsePieces(text), depth + 1)));
    open.pop();
    const found = raw.length > mostValues || texts.size > mostValues ? [markOf(expression)] : [...texts];
    resolved.set(name, found);
    return found;
  };

  return (pieces) => expand(pieces, 0);
}

function markOf(expression: string): string {
  return /registr/i.test(expression) ? unknownRegistry : unknown;
}

export function joinValues(...all: readonly Values[]): Values {
  const joined = new Map<string, Set<string>>();
  for (const values of all) for (const [name, texts] of values) for (const text of texts) give(joined, name, text);
  return joined;
}

function give(values: Map<string, Set<string>>, name: string, text: string): void {
  const own = values.get(name);
  if (own === undefined) values.set(name, new Set([text]));
  // One above the most is enough to say that it is too many.
  else if (own.size <= mostValues) own.add(text);
}

const assignment =
  /^[ \t]*(?:(?:export|readonly|local|declare(?:[ \t]+-\w+)*|set|ARG|ENV)[ \t]+)?([A-Za-z_][\w-]*)[ \t]*([:?+]?)=(?!=)[ \t]*(.*)$/gim;
const dockerEnv = /^[ \t]*ENV[ \t]+([A-Za-z_]\w*)[ \t]+([^=\s].*)$/gim;
/** A name that gets what nobody can read here: of a loop, or of the input. */
const filledElsewhere = /\b(?:for|read(?:[ \t]+-\w+)*)[ \t]+([A-Za-z_]\w*)/g;
const terraformVariable = /\bvariable\s+"([\w-]+)"\s*\{([^{}]*)/g;
const terraformDefault = /\bdefault\s*=\s*"((?:[^"\\\n]|\\.)*)"/;
const terraformLocals = /\blocals\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)/g;
const terraformLocal = /^\s*([\w-]+)\s*=\s*"((?:[^"\\\n]|\\.)*)"/gm;

/** `NAME=value` at the start of a line, Dockerfile's ARG and ENV, Terraform's variables with their default, and locals. */
export function parseAssignments(text: string): Values {
  const values = new Map<string, Set<string>>();
  for (const [, name = '', operator, value = ''] of text.matchAll(assignment))
    give(values, name, operator === '+' ? unknown : valueOf(value));
  for (const [, name = '', value = ''] of text.matchAll(dockerEnv)) give(values, name, valueOf(value));
  for (const [, name = ''] of text.matchAll(filledElsewhere)) if (values.has(name)) give(values, name, unknown);
  for (const [, name = '', block = ''] of text.matchAll(terraformVariable)) {
    const value = terraformDefault.exec(block)?.[1];
    if (value !== undefined) give(values, `var.${name}`, value);
  }
  for (const [, block = ''] of text.matchAll(terraformLocals))
    for (const [, name = '', value = ''] of block.matchAll(terraformLocal)) give(values, `local.${name}`, value);
  return values;
}

/** Quotes taken off; what stands behind the value (a comment, another command) left out. */
function valueOf(text: string): string {
  const quoted = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)')(.?)/s.exec(text);
  if (quoted !== null) return /^[\s;&|#)]?$/.test(quoted[3] ?? '') ? (quoted[1] ?? quoted[2] ?? '') : unknown;
  let value = '';
  for (const piece of parsePieces(text)) {
    const end = piece.kind === 'literal' ? piece.text.search(/[\s;&|]/) : -1;
    if (end !== -1) return value + piece.text.slice(0, end);
    value += piece.text;
  }
  return value;
}
