/** Patterns' answers as short texts, so that the tables can be read. */
import { matchedBy, parseTagPatterns, PatternError, readings, type Reading } from '../../src/pattern/index.ts';

/** `version 1.2.3, group alpine`; a reading without values is `matches`. */
export function showReading(reading: Reading): string {
  const parts = [
    ...reading.order.map((key) => `${key.kind} ${key.kind === 'date' ? key.at : key.text}`),
    ...reading.group.map((text) => `group ${text}`),
    ...(reading.pr === undefined ? [] : [`pr ${reading.pr}`]),
    ...(reading.branch === undefined ? [] : [`branch ${reading.branch}`]),
  ];
  return parts.length === 0 ? 'matches' : parts.join(', ');
}

/** All readings of a tag by a list of patterns. */
export function read(patterns: string | readonly string[], tag: string): readonly string[] {
  return readings(parseTagPatterns([patterns].flat()), tag).map(showReading);
}

/** Whether a list of patterns that needs no placeholders matches. */
export function isMatched(patterns: string | readonly string[], tag: string): boolean {
  return matchedBy(parseTagPatterns([patterns].flat()), tag) !== undefined;
}

/** What is said of bad patterns: the message and the way out, on two lines. */
export function complaint(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (error instanceof PatternError) return `${error.message}\n${error.wayOut}`;
    throw error;
  }
  return 'nothing to complain about';
}
