/**
 * How many cases a property is tried with: as many as it asks for, and no more than PROPERTY_CASES where that is set, as
 * `npm run mutate` does, which tries each of them for every mutant.
 */
export function cases(wanted: number): { readonly numRuns: number } {
  return { numRuns: Math.min(wanted, Number(process.env.PROPERTY_CASES ?? wanted)) };
}
