/** `username` and `password`: one without the other is a workflow that lost a secret. */
import { parsed, quote, refused } from './error.ts';
import type { Parsed } from './error.ts';

/** `password`: whether there is one. */
export function parseUsername(text: string, password: boolean): Parsed<string> {
  // RFC 7617, section 2: the first colon ends the name.
  if (text.includes(':')) return refused(`${quote(text)} holds a colon, which no user's name can.`);
  return password
    ? parsed(text)
    : refused(
        `${quote(text)} was given without a password. Give both or neither; GitHub passes an empty secret to runs of forks and of Dependabot.`,
      );
}

/** `username`: whether there is one. The password is never quoted. */
export function parsePassword(text: string, username: boolean): Parsed<string> {
  return username
    ? parsed(text)
    : refused('It was given without a username. Give both or neither; with a token any name may do.');
}
