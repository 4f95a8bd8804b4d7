/** How much memory V8 leaves to what nobody needs any more. */
import { setFlagsFromString } from 'node:v8';

/** Of what is in use, so much may be waste before it is looked for. V8 by itself lets it double or treble. */
const wastePercent = 50;

/**
 * Keeps the heap near what is in use: by default V8 gives young objects up to 128 MB, and old ones two to three times what they
 * need, while nobody else asks for memory. A dry run over 100,000 tags takes half of the memory with this, and no longer
 * (bench/RESULTS.md). Both are figures of V8's heuristics that it reads at each collection, so they may be set at run
 * time; a V8 that knows them no more says so on stderr and goes on. What was given to node itself (NODE_OPTIONS) still bounds it.
 * To be called when the program is loaded: the room for young objects stays as large as loading has made it, some 8 MB.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--heap-growing-percent=${wastePercent}`);
}
