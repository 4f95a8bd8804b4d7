/** How old is old: durations as people write them. */
import { RuleError } from './error.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const week = 7 * day;

const short = /^(?:(?<weeks>\d+)w)?(?:(?<days>\d+)d)?(?:(?<hours>\d+)h)?$/i;
// ISO 8601-1, 5.5.2.2, without years and months: how long those are depends on which ones they are.
const iso =
  /^P(?:(?<weeks>\d+)W)?(?:(?<days>\d+)D)?(?:T(?=\d)(?:(?<hours>\d+)H)?(?:(?<minutes>\d+)M)?(?:(?<seconds>\d+)S)?)?$/i;

const wayOut = 'write "30d", "12h", "2w", "1d12h", or ISO 8601 as "P30D" or "PT90M"';
const unclear = `months and years differ in length, and "m" could be minutes: ${wayOut}`;

/**
 * Seconds of a duration: weeks, days and hours in this order (`30d`, `12h`, `2w`, `1d12h`), or ISO 8601 (`P30D`).
 * `m` is refused: who means six months by `6m` must not be understood as six minutes. Throws RuleError.
 */
export function parseDuration(text: string): number {
  const parts = (short.exec(text.trim()) ?? iso.exec(text.trim()))?.groups;
  const [weeks, days, hours, minutes, seconds] = ['weeks', 'days', 'hours', 'minutes', 'seconds'].map((unit) =>
    Number(parts?.[unit] ?? 0),
  ) as [number, number, number, number, number];
  const total = weeks * week + days * day + hours * hour + minutes * minute + seconds;
  const saysSomething =
    parts !== undefined && Object.values(parts).some((part: string | undefined) => part !== undefined);
  if (!saysSomething) {
    const unit = /\d\s*(?:m|mo|mon|months?|y|years?)\b/i.test(text);
    throw new RuleError(`"${text}" is not a duration`, unit ? unclear : wayOut);
  }
  if (!Number.isSafeInteger(total)) throw new RuleError(`"${text}" is too long a duration`, wayOut);
  return total;
}
