/** Layers that images share, each once in memory. */
import type { Descriptor, Digest } from '../model/index.ts';

/**
 * How many are remembered of late, and as many from before. What is shared (base images above all) comes again and again,
 * most layers never do: to remember each of 100,000 images is 12 MB for nothing.
 */
const ofLate = 10_000;

export class SharedLayers {
  #recent = new Map<Digest, Descriptor>();
  #before = new Map<Digest, Descriptor>();

  /** The one that was given first, where it says the same. */
  share(layer: Descriptor): Descriptor {
    const known = this.#recent.get(layer.digest) ?? this.#before.get(layer.digest);
    const one = known?.size === layer.size && known.mediaType === layer.mediaType ? known : layer;
    this.#recent.set(one.digest, one);
    if (this.#recent.size >= ofLate) {
      this.#before = this.#recent;
      this.#recent = new Map();
    }
    return one;
  }
}
