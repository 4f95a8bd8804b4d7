/** The page with its tables written anew, by what the benchmark has measured. PURE. */
import { withSection } from '../results.ts';
import { checkTable } from './check.ts';
import { tables } from './tables.ts';

export function inScaleDocument(page: string, results: string): string {
  const all = { ...tables(), check: checkTable(results) };
  return Object.entries(all).reduce((text, [name, content]) => withSection(text, `simulated ${name}`, content), page);
}
