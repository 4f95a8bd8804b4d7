/** Hiding secrets in what is printed, also where no runner does it. */
import { escapeMarkdown } from '../model/index.ts';

export const hidden = '***';

/** A part or a derived form that is shorter would hide innocent text all over the log. */
const leastDerivedLength = 8;

/** The secret, its lines where it has several, its forms in base64 and in a URL, and all of them as they stand in the summary. None is empty. */
export function formsOf(secret: string): readonly string[] {
  const forms = new Set([secret, secret.trim()]);
  const parts = [...forms, ...secret.split(/\r?\n/).map((line) => line.trim())];
  for (const form of parts.filter((part) => part.length >= leastDerivedLength)) {
    forms.add(form);
    forms.add(encodeURIComponent(form.toWellFormed()));
    for (const text of base64Of(form)) forms.add(text);
  }
  // What a registry repeats of it stands in the summary like this.
  for (const form of [...forms]) if (form.trim() !== '') forms.add(escapeMarkdown(form));
  forms.delete('');
  // The longest first, or what is left of a long one would show where a short one is part of it.
  return [...forms].sort((a, b) => b.length - a.length);
}

/**
 * What is the same of the text's base64 wherever it stands in what is encoded, as in `Basic` (user:password): three
 * bytes become four characters, so there are three ways, less the characters that share bits with a neighbour.
 */
function base64Of(text: string): readonly string[] {
  const bytes = Buffer.from(text, 'utf8');
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const ownFrom = Math.ceil((before * 4) / 3);
    const wholeTo = Math.floor(((before + bytes.length) * 4) / 3);
    return encoded.slice(ownFrom, wholeTo);
  });
}

/**
 * `secrets`: the longest first. A run may know thousands of tokens and print a hundred thousand short lines, so those
 * that are too long to be in the text are not looked for.
 */
export function hide(text: string, secrets: readonly string[]): string {
  let first = 0;
  for (let end = secrets.length; first < end;) {
    const middle = Math.floor((first + end) / 2);
    if ((secrets[middle]?.length ?? 0) > text.length) first = middle + 1;
    else end = middle;
  }
  return secrets.slice(first).reduce((shown, secret) => shown.replaceAll(secret, hidden), text);
}

export type SecretKeeper = {
  /** From now on the text and its forms are hidden. `isNew` is told each form that wasn't known before. */
  readonly keep: (secret: string, isNew?: (form: string) => void) => void;
  readonly hideIn: (text: string) => string;
};

/** What a run must not show, as it learns of it. */
export function keepSecrets(): SecretKeeper {
  const secrets = new Set<string>();
  // Asked for with every line and every name of a report, and changed a few times in a run.
  let sorted: readonly string[] = [];
  return {
    keep(secret, isNew) {
      for (const form of formsOf(secret)) {
        if (!secrets.has(form)) isNew?.(form);
        secrets.add(form);
      }
    },
    hideIn(text) {
      if (sorted.length < secrets.size) sorted = [...secrets].sort((a, b) => b.length - a.length);
      return hide(text, sorted);
    },
  };
}
