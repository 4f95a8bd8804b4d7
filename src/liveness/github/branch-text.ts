/** What the name of a branch or git tag becomes in an image's tag. Pure. */

// A tag's longest text (distribution spec 1.1.1, "Pulling manifests").
const longestTag = 128;
// A DNS label's.
const longestSlug = 63;

/**
 * docker/metadata-action's rule (its `sanitizeTag`, as of v5): each run of other characters is one `-`. It neither lower-cases
 * nor cuts: a longer text makes a tag that no registry takes.
 */
export function metadataText(name: string): string {
  return name.replace(/[^a-zA-Z0-9._-]+/g, '-');
}

/**
 * GitLab's `CI_COMMIT_REF_SLUG`: lower case, every other character a `-`, cut at 63, then without `-` at either end.
 * Cut before it is trimmed, as GitLab does it: the result may be shorter than 63 for a longer name.
 */
export function gitlabSlug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/gu, '-')
    .slice(0, longestSlug)
    .replace(/^-+|-+$/g, '');
}

/**
 * Every text that a branch or git tag of this name may have in a tag: by metadata-action's rule, that lower-cased, both
 * cut where a tag ends (as workflows do that sanitise by themselves), and by GitLab's rule. Distinct, none empty.
 */
export function tagTexts(name: string): readonly string[] {
  const text = metadataText(name);
  const forms = [text, text.toLowerCase()];
  const texts = [...forms, ...forms.map((form) => form.slice(0, longestTag)), gitlabSlug(name)];
  return [...new Set(texts)].filter((form) => form !== '');
}
