/**
 * What deleting by digest would take at sizes that nobody wants to wait for. PURE.
 *
 * distribution reads the link of every tag that a repository has for each manifest that is deleted by digest, so that one
 * deletion costs a + b·T where T tags are left, and deleting one after the other is quadratic in their number. a and b
 * are fitted to what was measured.
 */

/** So many tags were there, on average, while one deletion took so many milliseconds. */
export type Sample = { readonly tags: number; readonly msEach: number };
export type Line = { readonly a: number; readonly b: number };

/**
 * The line with the least squares of the relative errors: in absolute ones the largest size alone would count. A negative
 * `a` makes no sense for a cost and is taken for noise, and so is `b`: then the other one carries all.
 */
export function fitCost(samples: readonly Sample[]): Line {
  if (samples.length < 2) throw new Error('A line needs two samples.');
  const sum = (term: (sample: Sample) => number): number =>
    samples.reduce((all, sample) => all + term(sample) / sample.msEach ** 2, 0);
  const [w, x, y] = [sum(() => 1), sum(({ tags }) => tags), sum(({ msEach }) => msEach)];
  const [xx, xy] = [sum(({ tags }) => tags ** 2), sum(({ tags, msEach }) => tags * msEach)];
  const determinant = w * xx - x * x;
  if (determinant === 0) throw new Error('A line needs samples of two sizes.');
  const a = (xx * y - x * xy) / determinant;
  const b = (w * xy - x * y) / determinant;
  if (a < 0) return { a: 0, b: xy / xx };
  return b < 0 ? { a: y / w, b: 0 } : { a, b };
}

/** Milliseconds for deleting all but `kept` of so many tags, one after the other, by this line. */
export function byDigestMs({ a, b }: Line, { tags, kept }: { readonly tags: number; readonly kept: number }): number {
  return (tags - kept) * (a + b * tagsOnAverage(tags, kept));
}

/** How many tags there are, on average over the deletions: each deletion still finds its own. */
export function tagsOnAverage(tags: number, kept: number): number {
  return (tags + kept + 1) / 2;
}
