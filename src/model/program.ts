/** Name and version of this program, as plans, reports and requests carry them. A test holds it to package.json. */
export const program = 'registry-prune/0.1.0';
