/** Lines of progress that never stop for long: a runner takes a silent job for one that hangs. */

// Runners and people get uneasy after half a minute.
const silenceMs = 15_000;

export class Pulse {
  readonly #show: (line: string) => void;
  readonly #beat: () => string;
  readonly #now: () => Date;
  #saidAt: number;
  #over = false;

  /** `beat`: what is said where there is nothing new. */
  constructor(options: {
    readonly say: (line: string) => void;
    readonly beat: () => string;
    readonly now: () => Date;
    readonly sleep: (ms: number) => Promise<void>;
  }) {
    this.#show = options.say;
    this.#beat = options.beat;
    this.#now = options.now;
    this.#saidAt = options.now().getTime();
    void this.#run(options.sleep);
  }

  say(line: string): void {
    this.#saidAt = this.#now().getTime();
    this.#show(line);
  }

  /** Milliseconds since the last line. */
  quietMs(): number {
    return this.#now().getTime() - this.#saidAt;
  }

  stop(): void {
    this.#over = true;
  }

  async #run(sleep: (ms: number) => Promise<void>): Promise<void> {
    for (;;) {
      await sleep(1_000);
      if (this.#over) return;
      // A second less: the next look is a second away.
      if (this.quietMs() >= silenceMs - 1_000) this.say(this.#beat());
    }
  }
}
