/**
 * The mark on a placeholder manifest: what this program puts over tags that a registry can't delete one by one, right
 * before it deletes the placeholder's digest. A run that was cut in between leaves it; every later run knows it by this.
 */
export const placeholderAnnotation = 'io.github.registry-prune.placeholder';
