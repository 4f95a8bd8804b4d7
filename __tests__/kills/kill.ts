/**
 * One SIGKILL. The same seed has the same repositories, rules and moment; where several requests are under way at once, which
 * of them were is the machine's.
 *
 * 1. Repositories are filled, and copied in the storage. An undisturbed run on one copy says what the end is to be.
 * 2. The same run on the other copy is killed. Nothing that was to stay is missing then.
 * 3. Now and then (`chance`) what the kill left is copied, and restored from the journal: as at the start, byte for byte.
 * 4. The run is started again: the end of the undisturbed run, but for what `left.ts` explains.
 * 5. Where anything is left, the door apply finishes the killed run by its plan and its journal: the end of the undisturbed
 *    run, every tag and every manifest of the storage, byte for byte.
 * 6. The journals of all these runs are restored, the latest first: as at the start, byte for byte.
 */
import { cpSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomFrom, type Random } from '../../sandbox/random.ts';
import { startRelay, type Relay } from '../../sandbox/relay.ts';
import { demand, demandNone } from '../soak/violation.ts';
import { fill, type Line, type Scene, type Storage } from './content.ts';
import { explainLeft, unlike, wholeLines, writtenDown, type Left, type WrittenDown } from './left.ts';
import { changesIn, drawMoment, killAt, phasesOf, type Moment, type Phase } from './moments.ts';
import { isPlaceholder, lookAt, missingIn, type State } from './state.ts';
import { startStep, type Start, type Step } from './step.ts';
import { countKill, type Tally } from './tally.ts';

export type Place = {
  readonly storage: Storage;
  readonly line: Line;
  /** A folder for the files of the runs. */
  readonly folder: string;
};

export type KillOptions = {
  readonly seed: number;
  readonly tally: Tally;
  /** Only in one of these, as far as the run has any. */
  readonly among?: readonly Phase[];
};

/** Answers where the kill fell, in words. Rejects with a `Violation` where something doesn't hold. */
export async function killOnce(place: Place, { seed, tally, among }: KillOptions): Promise<string> {
  const random = randomFrom(seed);
  const base = `kills-${seed}`;
  const folder = join(place.folder, base);
  mkdirSync(folder);
  const relay = await startRelay(place.storage.url);
  try {
    const scene = await fill(place.storage, { base: `${base}/undisturbed`, line: place.line, random });
    return await new Killing({ ...place, folder, relay, random, base, scene, tally }).tell(among);
  } finally {
    await relay.close();
    rmSync(folder, { recursive: true });
    rmSync(join(repositoriesOf(place.storage), base), { recursive: true });
  }
}

function repositoriesOf({ root }: Storage): string {
  return join(root, 'docker/registry/v2/repositories');
}

type Around = Place & {
  readonly relay: Relay;
  readonly random: Random;
  readonly base: string;
  readonly scene: Scene;
  readonly tally: Tally;
};

/** By the last part of the repository's name. */
type States = ReadonlyMap<string, State>;
type Copy = 'undisturbed' | 'killed' | 'restored';

class Killing {
  readonly #around: Around;
  readonly #concurrency: string;
  readonly #log: string[] = [];
  #steps = 0;

  constructor(around: Around) {
    this.#around = around;
    this.#concurrency = String(around.random.pick([1, 1, 4, 16]));
  }

  async tell(among: readonly Phase[] | undefined): Promise<string> {
    const { relay, random, tally } = this.#around;
    const start = await this.#look('undisturbed');
    this.#copy('undisturbed', 'killed');

    relay.forgetRequests();
    await this.#through(this.#prune('undisturbed'), 'the undisturbed run');
    const run = [...relay.requests];
    const wanted = await this.#look('undisturbed', start);
    const manifests = new Set([...start.values()].flatMap((state) => [...state.manifests.keys()]));
    const changes = changesIn(run);
    const moment = drawMoment(phasesOf(run, manifests, changes), random, among);
    const aim = `${show(moment)} of ${run.length}, ${this.#concurrency} at once`;
    this.#say(`${aim}, ${JSON.stringify(this.#around.scene.rules)}`);

    const killed = await killAt(relay, moment, () => startStep(this.#prune('killed')));
    this.#told(killed, 'the killed run');
    const { signal } = await killed.ended;
    const requests = [...relay.requests];
    const phase = phaseAt(moment, phasesOf(requests, manifests, changes));
    if (signal === 'SIGKILL') countKill(tally, this.#around.line, phase);
    else tally.ended += 1;
    const where = `${aim}: ended by ${signal ?? 'itself'} at “${phase}”, after ${requests.length} requests`;
    this.#say(where);

    const atKill = await this.#look('killed', start);
    this.#compareKept(atKill, wanted);
    const journal = this.#tornJournal(killed, requests);
    const written = writtenOf(killed, (name) => this.#name('killed', name), wanted.keys());
    if (wholeLines(journal).length === 0) this.#demandNone('nothing is journaled', atKill, start, unlike);
    if (journal !== undefined && random.chance(0.5)) await this.#restoreCopy(journal, start, atKill);

    const rerun = await this.#through(this.#prune('killed'), 'the rerun');
    tally.reruns += 1;
    const ends = await this.#finish(killed, { start, wanted, written });
    const journals = [...ends.journals, rerun.path('journal.jsonl'), killed.path('journal.jsonl')];
    for (const path of journals) if (path !== undefined) await this.#restore(path);
    tally.restoresAfterRerun += 1;
    this.#countBack(await this.#look('killed', start), start, ends.now);
    return where;
  }

  #say(line: string): void {
    this.#log.push(line);
  }

  #told(step: Step, what: string): void {
    const lines = step.log().split('\n');
    this.#log.push(`--- ${what}`, ...lines.filter((line) => !/^::(?:debug|add-mask)::/.test(line)));
  }

  #name(copy: Copy, repository: string): string {
    return `${this.#around.base}/${copy}/${repository}`;
  }

  #copy(from: Copy, to: Copy): void {
    const { storage, base } = this.#around;
    const folder = join(repositoriesOf(storage), base);
    cpSync(join(folder, from), join(folder, to), { recursive: true });
  }

  /** `also`: asks for the manifests of those, too. */
  async #look(copy: Copy, also?: States): Promise<States> {
    const { storage, scene } = this.#around;
    const states = scene.repositories.map(async (name) => {
      const digests = also?.get(name)?.manifests.keys();
      return [name, await lookAt(storage, this.#name(copy, name), digests)] as const;
    });
    return new Map(await Promise.all(states));
  }

  #start(door: Start['door'], inputs: Start['inputs']): Start {
    const { folder, relay } = this.#around;
    this.#steps += 1;
    const own = join(folder, String(this.#steps));
    mkdirSync(own);
    return { door, folder: own, inputs: { registry: relay.url, concurrency: this.#concurrency, ...inputs } };
  }

  #prune(copy: Copy): Start {
    const { scene } = this.#around;
    const repositories = scene.repositories.map((name) => this.#name(copy, name)).join(', ');
    return this.#start('index', { repositories, ...scene.rules });
  }

  /** To its end, which must be a success. */
  async #through(start: Start, what: string): Promise<Step> {
    const step = startStep(start);
    const { code } = await step.ended;
    this.#told(step, what);
    demand('status', code === 0, `${what} ended with ${String(code)}`, this.#log);
    return step;
  }

  #demandNone(
    what: string,
    now: States,
    wanted: States,
    wrong: (now: State, wanted: State) => readonly string[],
  ): void {
    for (const [name, state] of wanted) {
      const seen = now.get(name);
      demandNone(
        'loss',
        seen === undefined ? [name] : wrong(seen, state).map((each) => `${what}: ${name}: ${each}`),
        this.#log,
      );
    }
  }

  #compareKept(atKill: States, wanted: States): void {
    const { tally } = this.#around;
    this.#demandNone('right after the kill', atKill, wanted, missingIn);
    for (const { tags, manifests } of wanted.values()) tally.keptAtOnce += tags.size + manifests.size;
    for (const { tags } of atKill.values())
      for (const served of tags.values())
        if (served !== undefined && isPlaceholder(Buffer.from(served.bytes).toString())) tally.covered += 1;
  }

  /**
   * The journal's path and text, cut anywhere in what is written of a repository in which nothing was changed by then: as a
   * kill a moment earlier had left it. Else as it is.
   */
  #tornJournal(
    killed: Step,
    requests: readonly { readonly method: string; readonly path: string }[],
  ): string | undefined {
    const { random, tally, scene } = this.#around;
    const path = killed.path('journal.jsonl');
    const text = killed.file('journal.jsonl');
    if (path === undefined || text === undefined) return undefined;
    const changes = changesIn(requests);
    const untouched = scene.repositories.filter((name) => (changes.get(name) ?? 0) <= 0);
    const isOf = (line: string, name: string): boolean => line.includes(`"repository":"${this.#name('killed', name)}"`);
    const lines = wholeLines(text);
    const certain = lines.filter((line) => !untouched.some((name) => isOf(line, name)));
    const from = certain.reduce((sum, line) => sum + line.length + 1, 0);
    if (from >= text.length - 1 || random.chance(0.3)) return text;
    // Base64 and names: each character is a byte.
    truncateSync(path, random.between(from + 1, text.length - 1));
    tally.torn += 1;
    this.#say(`of ${text.length} bytes of the journal ${killed.file('journal.jsonl')?.length ?? 0} are left`);
    return killed.file('journal.jsonl');
  }

  async #restoreCopy(journal: string, start: States, atKill: States): Promise<void> {
    const { folder, tally } = this.#around;
    this.#copy('killed', 'restored');
    const path = join(folder, 'copied.jsonl');
    writeFileSync(
      path,
      journal.replaceAll(`"repository":"${this.#name('killed', '')}`, `"repository":"${this.#name('restored', '')}`),
    );
    await this.#restore(path);
    tally.restoresAtOnce += 1;
    this.#countBack(await this.#look('restored', start), start, atKill);
  }

  async #restore(journal: string): Promise<void> {
    await this.#through(this.#start('restore', { 'journal-file': journal }), `the restore of ${journal}`);
  }

  #countBack(back: States, start: States, before: States): void {
    const { tally } = this.#around;
    this.#demandNone('after the restore', back, start, unlike);
    for (const [name, { tags, manifests }] of start) {
      const was = before.get(name);
      tally.tagsBack += tags.size;
      tally.manifestsBack += manifests.size;
      tally.tagsPut += [...tags].filter(([tag, served]) => was?.tags.get(tag)?.digest !== served?.digest).length;
      tally.manifestsPut += [...manifests.keys()].filter((digest) => was?.manifests.has(digest) !== true).length;
    }
  }

  /** What the rerun has left must be explained, and `apply` takes it away. */
  async #finish(killed: Step, { start, wanted, written }: Known): Promise<Finished> {
    const { tally } = this.#around;
    const now = await this.#look('killed', start);
    const left = this.#explain(now, { start, wanted, written });
    tally.leftManifests += left.flatMap(({ manifests }) => manifests).length;
    tally.leftAttachments += left.flatMap(({ attachments }) => attachments).length;
    if ([...wanted].every(([name, state]) => isLike(now.get(name), state))) {
      tally.same += 1;
      return { now, journals: [] };
    }
    const [plan, journal] = [killed.path('plan.json'), killed.path('journal.jsonl')];
    const inputs = { 'plan-file': plan ?? '', 'journal-file': journal ?? '' };
    const applied = await this.#through(this.#start('apply', inputs), 'the rest of its plan');
    const then = await this.#look('killed', start);
    this.#demandNone('after apply', then, wanted, unlike);
    tally.finished += 1;
    return { now: then, journals: [applied.path('journal.jsonl')] };
  }

  #explain(now: States, { start, wanted, written }: Known): readonly Left[] {
    const problems: string[] = [];
    const left = [...wanted].flatMap(([name, state]): readonly Left[] => {
      const [before, seen, own] = [start.get(name), now.get(name), written.get(name)];
      if (before === undefined || seen === undefined || own === undefined) return [];
      return [explainLeft({ start: before, wanted: state, now: seen }, own, problems)];
    });
    demandNone('other', problems, this.#log);
    return left;
  }
}

type Known = {
  readonly start: States;
  readonly wanted: States;
  readonly written: ReadonlyMap<string, WrittenDown>;
};
const isLike = (now: State | undefined, wanted: State): boolean =>
  now !== undefined && unlike(now, wanted).length === 0;
type Finished = { readonly now: States; readonly journals: readonly (string | undefined)[] };

function writtenOf(killed: Step, nameOf: (name: string) => string, names: Iterable<string>): Known['written'] {
  const [plan, journal] = [killed.file('plan.json'), killed.file('journal.jsonl')];
  return new Map([...names].map((name) => [name, writtenDown(nameOf(name), plan, journal)]));
}

function show(moment: Moment): string {
  if (moment.at === 'report') return 'after all';
  const delay = moment.when === 'answered' ? ` for ${moment.delayMs} ms` : '';
  return `request ${moment.nth} ${moment.when}${delay}`;
}

/** By the request at which the process was killed, or the last one that it had sent. */
function phaseAt(moment: Moment, run: readonly Phase[]): Phase {
  if (moment.at === 'report') return 'reported';
  return (moment.when === 'answered' ? undefined : run[moment.nth - 1]) ?? run.at(-1) ?? 'looking';
}
