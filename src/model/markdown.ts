/** Text within Markdown: report/ puts it there, and runtime/ looks for secrets in what came of it. */

/**
 * Text from outside as inert Markdown: no markup, no HTML, no link, no mention, one line. GitHub's Markdown takes a
 * backslash before any ASCII punctuation, and entities where HTML would begin. Mail addresses, `@somebody` and `#12` are
 * looked for once the backslashes are gone (cmark-gfm's autolink extension, and GitHub's own filters), in one run of
 * text: an empty comment ends the run. `www.` needs no mark in front to become a link, so its dot is escaped.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()+!|~$:]/g, '\\$&')
    .replace(/[@#]/g, '\\$&<!-- -->')
    .replace(/www(?=\.)/gi, '$&\\');
}
