import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { escapeMarkdown } from '../../src/model/index.ts';
import { formsOf, hide } from '../../src/runtime/secrets.ts';

describe('secrets', () => {
  test('a secret is hidden as it is, in a URL, and in base64', () => {
    const secret = 'p@ss word/1';
    const header = Buffer.from(`robot:${secret}`).toString('base64');
    const text = `${secret} https://x/?p=${encodeURIComponent(secret)} Basic ${header}`;
    const shown = hide(text, formsOf(secret));
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(encodeURIComponent(secret));
    // What is left of the header are the characters that also hold bits of the name in front.
    expect(Buffer.from(shown.split('Basic ')[1] ?? '', 'base64').toString()).not.toContain('ss word');
    expect(shown.match(/\*\*\*/g)).toHaveLength(3);
  });

  test('in base64 wherever it stands in what is encoded', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(secret.trim().length >= 8 && secret.isWellFormed());
        const encoded = Buffer.from(`${before}${secret}${after}`).toString('base64');
        expect(formsOf(secret).some((form) => encoded.includes(form))).toBe(true);
      }),
    );
  });

  test('each line of a long secret, but no short piece of it', () => {
    const forms = formsOf('{\n  "key": "0123456789"\n}\n');
    expect(forms).toContain('"key": "0123456789"');
    expect(forms).not.toContain('{');
  });

  test('as it stands in Markdown, where its marks are escaped', () => {
    const secret = 'p_a*s$s@w<o>r#d';
    const summary = `the registry says: ${escapeMarkdown(`no account for ${secret}`)}`;
    expect(summary).not.toContain(secret);
    expect(hide(summary, formsOf(secret))).toBe('the registry says: no account for ***');
    expect(formsOf(' \n')).not.toContain(' ');
  });

  test('a short secret has no derived forms, and an empty one none at all', () => {
    expect(formsOf('abc')).toEqual(['abc']);
    expect(formsOf('')).toEqual([]);
  });

  test('a secret inside another one leaves no rest of it', () => {
    expect(hide('the longer-secret', formsOf('longer-secret').concat('secret'))).toBe('the ***');
  });
});
