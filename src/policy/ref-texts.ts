/** What a branch or git tag is called in an image's tag, which can't hold every character that git allows. */

// A tag's longest text (distribution spec 1.1.1, "Pulling manifests").
const longestTag = 128;
// A DNS label's: GitLab makes host names of its slugs.
const longestSlug = 63;

/**
 * The texts that build tools make of a ref's short name (`feature/Login-Page`):
 *
 * - docker/metadata-action: each run of characters outside `[a-zA-Z0-9._-]` is one `-`; the case stays;
 * - the same lower-cased, as scripts do it;
 * - both of these cut where a tag ends;
 * - GitLab's CI_COMMIT_REF_SLUG: lower case, each character outside `[a-z0-9]` is a `-`, cut, then no `-` at either end.
 */
export function refTexts(ref: string): ReadonlySet<string> {
  const text = ref.replace(/[^a-zA-Z0-9._-]+/g, '-');
  const forms = [text, text.toLowerCase()];
  const dashed = ref.toLowerCase().replace(/[^a-z0-9]/gu, '-');
  const slug = dashed.slice(0, longestSlug).replace(/^-+|-+$/g, '');
  return new Set([...forms, ...forms.map((form) => form.slice(0, longestTag)), slug].filter((form) => form !== ''));
}
