/** `github-token` and `github-repository`: whom to ask what became of pull requests and branches, and as whom. */
import { parsed, quote, refused } from './error.ts';
import type { Parsed } from './error.ts';
import { withoutUserInfo } from './registry.ts';

// An owner's name may end in _ and a short code, as enterprises with managed users have it.
const ownerAndName = /^[a-z0-9][a-z0-9_-]*\/(?!\.{1,2}$)[a-z0-9._-]{1,100}$/i;

/** `owner/name`. */
export function parseGitHubRepository(text: string): Parsed<string> {
  if (isExpression(text)) return refused(unevaluated(text));
  if (ownerAndName.test(text)) return parsed(text);
  const inside = /^(?:https?:\/\/|ssh:\/\/|git@)[^/:]+[/:]([^/]+\/[^/]+?)(?:\.git)?\/?$/i.exec(text)?.[1];
  const shown = quote(withoutUserInfo(text));
  return refused(
    inside !== undefined && ownerAndName.test(inside)
      ? `${shown} is an address. Write ${inside}.`
      : `${shown} is not a repository on GitHub. Give owner/name.`,
  );
}

/** The token is never quoted. */
export function parseGitHubToken(text: string): Parsed<string> {
  if (isExpression(text)) return refused(unevaluated(text));
  return /^[\x21-\x7e]+$/.test(text)
    ? parsed(text)
    : refused('It holds a space or a character that no token has. Give the token alone.');
}

/** As a whole, so that no secret can be a part of what is then quoted. */
function isExpression(text: string): boolean {
  return /^\$\{\{[\s\w.]*\}\}$/.test(text);
}

function unevaluated(text: string): string {
  return `${quote(text)} is an expression that nothing put a value in for: only GitHub does, in a workflow. Elsewhere give the value itself.`;
}
