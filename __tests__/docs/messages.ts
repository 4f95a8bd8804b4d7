/** What the program can say: the texts in its sources, each template with a hole where a value stands. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from './pages.ts';

/** Stands for a value in a text of `programTexts`. No source has it. */
export const hole = '\u{0}';

/**
 * Every string and template in src/, comments left out. Texts that are added up with `+` are one; what a template has in
 * its holes are texts of their own as well.
 */
export function programTexts(): readonly string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => textsOf(readFileSync(join(root, 'src', path), 'utf8')));
}

export function textsOf(source: string): readonly string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (text !== undefined) texts.push(text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest));
  return texts;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => hole + literal.text).join('');
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [textOf(node.left), textOf(node.right)];
    return left === undefined && right === undefined ? undefined : (left ?? hole) + (right ?? hole);
  }
  return undefined;
}

/** Whether a text says these words; `…` in them is a value. */
export function says(texts: readonly string[], words: string): boolean {
  const parts = words.split('…');
  return texts.some((text) => {
    let from = 0;
    return parts.every((part, index) => {
      const at = text.indexOf(part, from);
      // Between two parts stands a value, and nothing but texts that may be there or not.
      if (at === -1 || (index > 0 && !text.slice(from, at).includes(hole))) return false;
      from = at + part.length;
      return true;
    });
  });
}
