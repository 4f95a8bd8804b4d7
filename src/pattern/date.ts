/** `{date}`: the ways in which tags write a moment. All are taken as UTC, which is what build tools write. */
import { parseInstant, type Instant } from '../model/index.ts';

export type DateKey = {
  readonly kind: 'date';
  /** As written in the tag. */
  readonly text: string;
  /** A day alone is its end, UTC. */
  readonly at: Instant;
};

// A time may follow a compact day without anything between, but never a day with hyphens.
const grammar = /^(\d{4})(-?)(\d\d)\2(\d\d)(?:(?:[-._T]|(?<=^\d{8}))(\d\d)(\d\d)(\d\d)?Z?)?$/;
// Ten digits of Unix seconds are the years 2001 to 2286; other lengths are numbers that no clock gives.
const unixSeconds = /^[1-9]\d{9}$/;

/** `undefined` where the text is no date, names a day or an hour that doesn't exist, or lies before 2000. */
export function parseDate(text: string): DateKey | undefined {
  const at = unixSeconds.test(text) ? parseInstant(new Date(Number(text) * 1000)) : calendarInstant(text);
  return at === undefined ? undefined : { kind: 'date', text, at };
}

function calendarInstant(text: string): Instant | undefined {
  const [, year, , month, day, hour, minute, second = '00'] = grammar.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const time = hour === undefined || minute === undefined ? '23:59:59.999' : `${hour}:${minute}:${second}.000`;
  const written = `${year}-${month}-${day}T${time}Z`;
  const at = parseInstant(new Date(written));
  // The 31st of February comes back as a day in March. Before 2000 there were no images: that is some other number.
  return at === written && year >= '2000' ? at : undefined;
}
