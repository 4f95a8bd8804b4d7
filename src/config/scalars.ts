/** Inputs of one word: yes or no, numbers. */
import { parseLimit } from '../plan/index.ts';
import type { Limit } from '../plan/index.ts';
import { parsed, quote, refused } from './error.ts';
import type { Parsed } from './error.ts';

/** As many requests at once as one registry was ever seen to take gladly; beyond it they only wait in a queue. */
const mostConcurrency = 256;

/** YAML 1.2's core schema, as GitHub reads booleans. */
export function parseBoolean(text: string): Parsed<boolean> {
  if (['true', 'True', 'TRUE'].includes(text)) return parsed(true);
  if (['false', 'False', 'FALSE'].includes(text)) return parsed(false);
  return refused(`${quote(text)} is neither true nor false.`);
}

/** A number of images: a whole one, from 0 on. */
export function parseCount(text: string): Parsed<number> {
  const count = wholeNumber(text);
  return count === undefined
    ? refused(`${quote(text)} is not a number of images to keep. Give a whole number, 0 or more.`)
    : parsed(count);
}

export function parseConcurrency(text: string): Parsed<number> {
  const count = wholeNumber(text);
  return count === undefined || count < 1 || count > mostConcurrency
    ? refused(`${quote(text)} is not a number of requests at once. Give a whole number from 1 to ${mostConcurrency}.`)
    : parsed(count);
}

export function parseMaxDeletions(text: string): Parsed<Limit> {
  const limit = parseLimit(text);
  return limit === undefined
    ? refused(`${quote(text)} is not a limit. Give a number of tags, or a percentage from 0% to 100%.`)
    : parsed(limit);
}

/** `undefined` also for a number that is too large to be counted exactly. */
function wholeNumber(text: string): number | undefined {
  const number = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(number) ? number : undefined;
}
