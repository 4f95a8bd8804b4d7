/**
 * GitHub's expressions, as far as the examples use them: contexts, `a.b`, `a[b]`, texts, `format`, `fromJSON`, `==`, `!=`, `&&` and
 * `||`. https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
 */

export type Context = Readonly<Record<string, unknown>>;

/** `text` with every `${{ … }}` in it resolved. Throws where it names something that isn't known here. */
export function resolveText(text: string, context: Context): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) => asText(evaluate(expression, context)));
}

/** The value of a text that is one `${{ … }}` and nothing else: a list or an object, where it is one. */
export function resolveValue(text: string, context: Context): unknown {
  const [, expression] = /^\s*\$\{\{(.*)\}\}\s*$/s.exec(text) ?? [];
  if (expression === undefined) throw new Error(`'${text}' is not one expression.`);
  return evaluate(expression, context);
}

/** What an `if:` says; there the `${{ }}` may be left out. */
export function isTrue(condition: string, context: Context): boolean {
  const expression = /^\s*\$\{\{(.*)\}\}\s*$/s.exec(condition)?.[1] ?? condition;
  return Boolean(evaluate(expression, context));
}

type Token = { readonly kind: 'text' | 'name' | 'sign'; readonly text: string };

function evaluate(expression: string, context: Context): unknown {
  const tokens = tokensOf(expression);
  let at = 0;
  const isNext = (sign: string): boolean => tokens[at]?.kind === 'sign' && tokens[at]?.text === sign;
  const taken = (sign: string): boolean => {
    if (!isNext(sign)) return false;
    at += 1;
    return true;
  };
  const demand = (sign: string): void => {
    if (!taken(sign)) throw new Error(`'${sign}' is missing in the expression${expression}`);
  };
  const word = (): Token => {
    const token = tokens[at];
    if (token === undefined || token.kind === 'sign')
      throw new Error(`A word is missing in the expression${expression}`);
    at += 1;
    return token;
  };
  const value = (): unknown => {
    const { kind, text } = word();
    if (kind === 'text') return text;
    if (taken('(')) {
      const values = [either()];
      while (taken(',')) values.push(either());
      demand(')');
      return call(text, values);
    }
    if (!(text in context)) throw new Error(`This test has no context '${text}', which is named in${expression}`);
    let found: unknown = context[text];
    for (;;) {
      if (taken('.')) found = propertyOf(found, word().text);
      else if (taken('[')) {
        found = propertyOf(found, asText(either()));
        demand(']');
      } else return found;
    }
  };
  const compared = (): unknown => {
    const left = value();
    if (taken('==')) return areEqual(left, value());
    if (taken('!=')) return !areEqual(left, value());
    return left;
  };
  const both = (): unknown => {
    let left = compared();
    while (taken('&&')) {
      const right = compared();
      left = Boolean(left) ? right : left;
    }
    return left;
  };
  function either(): unknown {
    let left = both();
    while (taken('||')) {
      const right = both();
      left = Boolean(left) ? left : right;
    }
    return left;
  }
  const result = either();
  if (at < tokens.length) throw new Error(`More than can be understood stands in the expression${expression}`);
  return result;
}

function tokensOf(expression: string): readonly Token[] {
  const found = [...expression.matchAll(/\s+|'((?:[^']|'')*)'|([A-Za-z_][\w-]*)|(==|!=|&&|\|\||[.,()[\]])|(.)/gs)];
  return found.flatMap(([all, text, name, sign, other]): readonly Token[] => {
    if (other !== undefined) throw new Error(`'${other}' can't be understood in the expression${expression}`);
    if (text !== undefined) return [{ kind: 'text', text: text.replaceAll("''", "'") }];
    if (name !== undefined) return [{ kind: 'name', text: name }];
    return sign === undefined ? [] : [{ kind: 'sign', text: all }];
  });
}

function call(name: string, values: readonly unknown[]): unknown {
  if (name.toLowerCase() === 'fromjson') return JSON.parse(asText(values[0]));
  if (name !== 'format') throw new Error(`This test has no function '${name}'.`);
  const [template, ...rest] = values.map(asText);
  return (template ?? '').replace(/\{(\d+)\}/g, (_, index: string) => rest[Number(index)] ?? '');
}

/** What isn't there is empty, and names know no case, as on GitHub. */
function propertyOf(of: unknown, name: string): unknown {
  if (typeof of !== 'object' || of === null) return undefined;
  const entries = Object.entries(of);
  return (entries.find(([key]) => key.toLowerCase() === name.toLowerCase()) ?? [])[1];
}

/** Texts are compared without case, as on GitHub. */
function areEqual(left: unknown, right: unknown): boolean {
  return asText(left).toLowerCase() === asText(right).toLowerCase();
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
