/** What the storage can't give, or can't be believed in. */

/**
 * `unread`: its files can't be read. `unproven`: nothing says that it is the storage behind the registry. `message` says
 * what happened, `wayOut` what to do about it.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly kind: 'unread' | 'unproven';
  readonly wayOut: string;

  constructor(kind: StorageError['kind'], message: string, wayOut: string) {
    super(message);
    this.kind = kind;
    this.wayOut = wayOut;
  }
}

const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

/** What a host said, as a part of one line: without control characters, at most 200 characters. */
export function shown(text: string): string {
  const line = text.replace(unprintable, ' ').trim();
  return line.length <= 200 ? line : `${line.slice(0, 200)}…`;
}
