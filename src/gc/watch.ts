/**
 * One job as its caller sees it: what it says is taken in and shown, its questions are answered, the registry's address
 * is asked while nobody may answer there, and when the registry answers again is found out.
 */
import type { Prepared } from '../machine/index.ts';
import { MachineError } from '../machine/index.ts';
import type { Collection, Problem } from '../model/index.ts';
import { parseCollectorOutput } from './collector-output.ts';
import { placeOf, type Context } from './context.ts';
import type { Failure, JobEvent, Phase } from './events.ts';
import { explainFailure, phaseWords } from './explain.ts';
import { sendWord, type Followed } from './follow.ts';
import { jobDirectory, type Job } from './job.ts';
import { Pulse } from './pulse.ts';
import { startAgain } from './rescue.ts';
import { clean } from './text.ts';

export type Finished = Pick<Collection, 'result'> & Partial<Collection>;

/** What came of a job. `busy`: the run `holder` has the lock, and this job has done nothing. */
export type Told = Finished | { readonly result: 'busy'; readonly holder: string; readonly why: Problem };

// While nobody may answer: twice a second is soon enough to give up, and no load.
const guardPauseMs = 500;
// While everybody waits for the answer.
const answerPauseMs = 50;
const mostQuestions = 20;
// A count that comes more often is not read.
const countPauseMs = 5_000;
const askedBeforeStop = 3;
// An answer from a network nearby takes some milliseconds; from far away five times what it took before the stop.
const leastPatienceMs = 300;

export class Watch {
  readonly #context: Context;
  readonly #job: Job;
  readonly #pulse: Pulse;
  readonly #tasks: Promise<void>[] = [];
  readonly #lines: { readonly check: string[]; readonly collect: string[] } = { check: [], collect: [] };
  readonly #unlinked: Collection['unlinked'][number][] = [];
  readonly #spared: Collection['spared'][number][] = [];
  readonly #removed: Collection['removedRepositories'][number][] = [];
  readonly #status = { check: 255, collect: 255 };
  #phase: Phase | undefined;
  #counted = '';
  #said = '';
  #saidCleaning = '';
  #failure: Failure | undefined;
  #end: 'done' | 'failed' | 'nothing' | 'busy' | undefined;
  #holder: { readonly run: string; readonly who: string; readonly since: number } | undefined;
  #prepared: Prepared | undefined;
  #intruder = false;
  #waited = false;
  #patienceMs = leastPatienceMs;
  #awaySince: number | undefined;
  #awayMs: number | undefined;
  #asking = false;
  #endedAt: number | undefined;

  constructor(context: Context, job: Job) {
    this.#context = context;
    this.#job = job;
    this.#pulse = new Pulse({ ...context, beat: () => this.#beat() });
  }

  take(event: JobEvent): void {
    switch (event.kind) {
      case 'phase':
        this.#enter(event.phase);
        break;
      case 'count':
        this.#counted = `${event.marked} in use, ${event.eligible} to go, ${event.deleted} deleted`;
        if (this.#pulse.quietMs() >= countPauseMs) this.#pulse.say(this.#beat());
        break;
      case 'line':
        this.#lines[event.of].push(event.line);
        break;
      case 'exit':
        this.#status[event.of] = event.status;
        break;
      case 'busy':
        this.#holder = event;
        break;
      case 'took':
        this.#pulse.say('the lock of a run that died is taken over');
        break;
      case 'tried':
        this.#pulse.say(`the registry doesn't start yet (try ${event.times})${quoted(this.#said)}`);
        break;
      case 'failure':
        this.#failure ??= event.failure;
        break;
      case 'unlinked':
        this.#unlinked.push({ repository: event.repository, digest: event.digest });
        break;
      case 'spared':
        this.#spared.push({ repository: event.repository, why: clean(event.why) });
        break;
      case 'removed':
        this.#removed.push(event.repository);
        break;
      case 'said':
        // Docker's last line only names the containers; why stands in the line before.
        if (/^Error: failed to \w+ containers: /.test(event.text)) break;
        // What the clean-up says explains no failure before it.
        if (this.#phase === 'cleaning') this.#saidCleaning = clean(event.text);
        else this.#said = clean(event.text);
        break;
      case 'left':
        this.#pulse.say(
          `what was made for the collection couldn't be removed there; the next one removes it${quoted(this.#saidCleaning)}`,
        );
        break;
      case 'end':
        this.#end = event.status;
        break;
      case 'away':
      case 'alive':
      case 'gone':
        break;
    }
  }

  /** After the last event: waits for the registry, starts it once more where it doesn't answer, and tells. */
  async conclude(followed: Followed): Promise<Told> {
    try {
      return await this.#conclude(followed);
    } finally {
      this.#pulse.stop();
      this.#prepared?.close();
    }
  }

  async #conclude(followed: Followed): Promise<Told> {
    const { now } = this.#context;
    if (followed.kind === 'gone') await this.#rescue();
    this.#endedAt = now().getTime();
    if (followed.kind === 'lost') this.#phase = undefined;
    else if (this.#awaySince !== undefined) this.#run(() => this.#awaitAnswer());
    await Promise.all(this.#tasks);
    if (followed.kind === 'lost') return this.#failed(this.#lost(followed.error));
    if (followed.kind === 'gone') return this.#failed(this.#explain('job'));
    switch (this.#end) {
      case 'busy':
        return this.#busy();
      case 'nothing':
        return { result: 'skipped' };
      case 'done':
        return this.#done();
      default:
        return this.#failed(this.#explain(this.#failure ?? 'job'));
    }
  }

  #enter(phase: Phase): void {
    const { mode, now } = this.#context;
    this.#phase = phase;
    this.#counted = '';
    this.#waited ||= phase === 'waiting';
    const words = phaseWords[phase];
    if (words !== undefined) this.#pulse.say(words);
    if (phase === 'ready') this.#run(() => this.#begin());
    if (phase === 'stopped') this.#run(() => this.#go());
    if (phase === (mode === 'offline' ? 'stopping' : 'starting')) this.#awaySince = now().getTime();
    // A registry that has served all the while answers until it is restarted.
    if (phase === (mode === 'offline' ? 'starting' : 'started')) this.#run(() => this.#awaitAnswer());
  }

  /** What the job's questions start runs beside the log, and is waited for at the end. */
  #run(task: () => Promise<void>): void {
    this.#tasks.push(task());
  }

  /** Silence after the stop says something only of an address that answers before it. */
  async #begin(): Promise<void> {
    const { host, mode, registryAnswers, now, sleep } = this.#context;
    let answers = mode === 'online';
    for (let asked = 0; !answers && asked < askedBeforeStop; asked += 1) {
      if (asked > 0) await sleep(1_000);
      const askedAt = now().getTime();
      answers = await registryAnswers();
      this.#patienceMs = Math.max(leastPatienceMs, 5 * (now().getTime() - askedAt));
    }
    if (!answers) return this.#send('abort');
    if (mode === 'offline')
      this.#prepared = await host.prepare().catch((error: unknown) => {
        // Then the word takes a handshake more.
        if (error instanceof MachineError) return undefined;
        throw error;
      });
    return this.#send('begin');
  }

  async #go(): Promise<void> {
    const { registryAnswers, sleep } = this.#context;
    const isAway = (): boolean =>
      this.#phase === 'stopped' || this.#phase === 'unlinking' || this.#phase === 'collecting';
    // Every moment of this is time away. Whoever answers later than that is heard while garbage is collected.
    if (await Promise.race([registryAnswers(), sleep(this.#patienceMs).then(() => false)])) {
      this.#intruder = true;
      return this.#send('abort', this.#prepared);
    }
    await this.#send('go', this.#prepared);
    while (isAway() && this.#endedAt === undefined) {
      await sleep(guardPauseMs);
      // Asked twice: the registry that was just started may answer before its job says so.
      if (!isAway() || !(await registryAnswers())) continue;
      await sleep(guardPauseMs);
      if (!isAway() || !(await registryAnswers())) continue;
      this.#intruder = true;
      return this.#send('abort');
    }
  }

  async #send(word: 'begin' | 'go' | 'abort', prepared?: Prepared): Promise<void> {
    const { now, limits } = this.#context;
    const until = new Date(now().getTime() + limits.wordSeconds * 1000);
    await sendWord({ ...this.#context, job: this.#job, word, until, prepared });
  }

  /**
   * Asks again without waiting for what was asked before: a question that came while the network was set up may hang for
   * a second, until it is sent again.
   */
  async #awaitAnswer(): Promise<void> {
    const { registryAnswers, now, sleep, limits } = this.#context;
    if (this.#asking || this.#isBack()) return;
    this.#asking = true;
    const since = this.#awaySince ?? now().getTime();
    let open = 0;
    const ask = async (): Promise<void> => {
      open += 1;
      if (await registryAnswers()) this.#awayMs ??= now().getTime() - since;
      open -= 1;
    };
    while (!this.#isBack()) {
      if (this.#endedAt !== undefined && now().getTime() - this.#endedAt > limits.answerMs) break;
      if (open < mostQuestions) void ask();
      await sleep(answerPauseMs);
    }
    this.#asking = false;
  }

  async #done(): Promise<Told> {
    const { now, limits } = this.#context;
    if (!this.#isBack()) {
      this.#pulse.say(`the registry doesn't answer after ${limits.answerMs / 1000} seconds; it is started once more`);
      await this.#rescue();
      this.#endedAt = now().getTime();
      await this.#awaitAnswer();
      if (!this.#isBack())
        return this.#failed({
          at: placeOf(this.#context),
          what: `garbage was collected and the registry was started, twice, and it doesn't answer${quoted(this.#said)}`,
          wayOut: `Look into the registry's own log, and start it by hand. The collection's logs lie in ${jobDirectory(this.#job.run)} there.`,
        });
    }
    const output = parseCollectorOutput(this.#status.collect, this.#lines.collect);
    if (output.kind === 'failed')
      this.#pulse.say('the counts of the collection were lost: the disk of its log is full');
    const { blobs, manifests } = output.kind === 'collected' ? output : { blobs: 0, manifests: 0 };
    return { result: 'done', blobs, manifests, ...this.#work() };
  }

  #work(): Partial<Collection> {
    return {
      ...(this.#awayMs !== undefined && { awaySeconds: Math.round(this.#awayMs / 100) / 10 }),
      unlinked: this.#unlinked,
      spared: this.#spared,
      removedRepositories: this.#removed,
    };
  }

  #failed(why: Problem): Told {
    return { result: 'failed', why, log: jobDirectory(this.#job.run), ...this.#work() };
  }

  #explain(failure: Failure): Problem {
    const { at, what, wayOut } = explainFailure(failure, {
      at: placeOf(this.#context),
      ...this.#wordsOf(failure),
      waited: this.#waited,
      intruder: this.#intruder,
    });
    const runs = this.#isBack() ? 'The registry answers again' : "The registry doesn't answer";
    return {
      at,
      what: this.#awaySince === undefined ? what : `${what}. ${runs}`,
      wayOut: `${wayOut} The logs lie in ${jobDirectory(this.#job.run)} there.`,
    };
  }

  #wordsOf(failure: Failure): { readonly words: string; readonly how: string } {
    const of = failure === 'check' ? 'check' : 'collect';
    // What it says is wanted, even where it goes on to end with 0.
    const output = parseCollectorOutput(this.#status[of], this.#lines[of]);
    const { words = '', how } = output.kind === 'failed' ? output : { how: 'failed' };
    const isOfCollector = failure === 'check' || failure === 'collector';
    return { how, words: clean(isOfCollector || this.#said === '' ? words : this.#said) };
  }

  #isBack(): boolean {
    return this.#awayMs !== undefined;
  }

  #lost(error: MachineError): Problem {
    return {
      at: placeOf(this.#context),
      what: `the connection was lost while garbage was collected (${clean(error.message)}); the collection goes on there without us, and starts the registry again`,
      wayOut: `${error.wayOut} The logs lie in ${jobDirectory(this.#job.run)} there.`,
    };
  }

  #busy(): Told {
    const { run, who, since } = this.#holder ?? { run: '', who: '', since: 0 };
    const time = since === 0 ? '' : ` since ${new Date(since * 1000).toISOString()}`;
    return {
      result: 'busy',
      holder: run,
      why: {
        at: placeOf(this.#context),
        what: `another run collects garbage there${time}: ${clean(who)}`,
        wayOut: 'Let the jobs that collect there run one after the other, for instance by one concurrency group.',
      },
    };
  }

  /** The host is asked directly: by now the job has done what it could, or is gone. */
  async #rescue(): Promise<void> {
    const problem = await startAgain(this.#context, this.#job);
    if (problem !== undefined) this.#said = problem;
  }

  #beat(): string {
    const doing = (this.#phase && phaseWords[this.#phase]) ?? 'waiting for the host';
    return this.#counted === '' ? `${doing} …` : `${doing}: ${this.#counted}`;
  }
}

function quoted(words: string): string {
  return words === '' ? '' : `. The host said: ${words}`;
}
