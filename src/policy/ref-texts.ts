/** What a branch or git tag is called in an image's tag, which can't hold every character that git allows. */

/**
 * The texts that build tools make of a ref's short name (`feature/Login-Page`):
 *
 * - docker/metadata-action: each run of characters outside `[a-zA-Z0-9._-]` is one `-`; the case stays;
 * - the same lower-cased, as people do who build image names in scripts;
 * - GitLab's CI_COMMIT_REF_SLUG: lower case, each character outside `[a-z0-9]` is a `-`, cut at 63, no `-` at either end.
 */
export function refTexts(ref: string): ReadonlySet<string> {
  const asDocker = ref.replace(/[^a-zA-Z0-9._-]+/g, '-');
  const dashed = ref.toLowerCase().replace(/[^a-z0-9]/gu, '-');
  const slug = dashed.slice(0, 63).replace(/^-+|-+$/g, '');
  return new Set([asDocker, asDocker.toLowerCase(), slug].filter((text) => text !== ''));
}
