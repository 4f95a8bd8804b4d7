/** How much memory V8 leaves to what nobody needs any more. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Heap } from './runtime.ts';

/** Of what is in use, so much may be waste before it is looked for. V8 by itself lets it double or treble. */
const wastePercent = { waiting: 35, thinking: 20 };

/**
 * Keeps the heap near what is in use: by default V8 gives young objects up to 128 MB, and old ones two to three times what they
 * need, while nobody else asks for memory. A dry run over 100,000 tags takes a third of the memory with this, and hardly
 * longer (bench/RESULTS.md). All of these are figures and switches that V8 reads whenever it collects or optimizes, so they
 * may be set at run time; a V8 that knows them no more says so on stderr and goes on. What was given to node itself
 * (NODE_OPTIONS) still bounds it.
 * To be called when the program is loaded: the room for young objects stays as large as loading has made it, some 8 MB.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  // undici reads answers by a WebAssembly program with one huge function. To optimize that takes 15 MB, which the thread's
  // allocator keeps for good, and more time than it wins back beside a registry.
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
  nodeHeap.waiting();
}

let collect: (() => void) | undefined;

/** The heap of this process. */
export const nodeHeap: Heap = {
  waiting() {
    setFlagsFromString(`--heap-growing-percent=${wastePercent.waiting}`);
    setFlagsFromString('--incremental-marking');
  },
  thinking() {
    setFlagsFromString(`--heap-growing-percent=${wastePercent.thinking}`);
    // V8 would look for waste beside the program, which meanwhile makes 40 MB more of it.
    setFlagsFromString('--no-incremental-marking');
  },
  free() {
    collect ??= collector();
    collect();
  },
};

/** A context of its own has the function if the flag is set when it is made; nobody else is to find it. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const found = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return found;
}
