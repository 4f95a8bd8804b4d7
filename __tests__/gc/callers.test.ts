// What becomes of the job when its caller is killed, when the connection is cut, and when the job itself is.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lockPrefix } from '../../src/gc/index.ts';
import { MachineError, type Host } from '../../src/machine/index.ts';
import { collectOn, shortPatience, until } from './collecting.ts';
import {
  heldCollector,
  leftovers,
  processesOf,
  registryProgram,
  shellHost,
  shells,
  startPlainService,
  type PlainService,
  type Step,
} from './plain-service.ts';

const major = ([2, 3] as const).find((each) => registryProgram(each) !== undefined);

function cut(): MachineError {
  return new MachineError({ kind: 'cut', what: 'The connection was cut', wayOut: 'Run again.' });
}

for (const shell of shells) {
  const standsBy = shell !== 'bash';
  const told = standsBy ? ['told'] : [];
  describe(`under ${shell}`, () => {
    const here = shellHost(shell);
    if (here === undefined || major === undefined) {
      test.skip(here === undefined ? `${shell} isn't here` : 'distribution is not here', () => undefined);
      return;
    }
    const { host, close, path } = here;
    let plain: PlainService;

    beforeEach(async () => {
      plain = await startPlainService({ major, standsBy });
    });
    afterEach(async () => {
      // A job that outlived its caller may be at removing its own.
      for (const path of left()) await rm(path, { recursive: true, force: true });
      await plain.close();
    });
    afterAll(close);
    const left = (): readonly string[] => leftovers(plain.service);
    const locks = (): readonly string[] => left().filter((path) => path.startsWith(lockPrefix(plain.service)));
    const jobDirectory = (): string => left().find((path) => !path.startsWith(lockPrefix(plain.service))) ?? '';
    const jobPid = (): number => Number(readFileSync(join(jobDirectory(), 'pid'), 'utf8').split(' ')[0]);
    const startCaller = (more: object = {}): ChildProcess =>
      spawn(
        process.execPath,
        [
          join(import.meta.dirname, 'caller.ts'),
          ...[path, plain.url, JSON.stringify(plain.service), JSON.stringify(shortPatience), JSON.stringify(more)],
        ],
        { stdio: 'ignore' },
      );
    const killed = async (caller: ChildProcess): Promise<void> => {
      caller.kill('SIGKILL');
      await once(caller, 'exit');
    };
    const untilNothingRuns = (directory: string): Promise<void> =>
      until(() => processesOf(directory).length === 0, 'nothing of the job runs').catch((error: unknown) => {
        throw new Error(processesOf(directory).join('\n'), { cause: error });
      });

    const moments: readonly [Step, number][] = [
      ['prepare', 3],
      ['check', 3],
      ['stop', 3],
      ['offline-inside', 0],
      ['collect', 0],
      ['start', 0],
      ['cleanup', 0],
    ];
    // All of them once, and under every shell those in which it is away.
    const tried = moments.filter(([step]) => shell === 'dash' || step === 'stop' || step === 'collect');
    test.each(tried)(
      'the caller is killed at %s: the registry answers, no lock is left, and the next run works',
      async (step, toCollect) => {
        plain.before(step, ': >"$svc_at/reached"; until [ -e "$svc_at/killed" ]; do sleep 0.1; done');
        const work = step === 'offline-inside' ? { offlineWork: ':' } : {};
        const blobs = plain.blobs();
        const caller = startCaller(work);
        await until(() => existsSync(join(plain.directory, 'reached')), `${step} is reached`);
        const directory = jobDirectory();
        await killed(caller);
        await writeFile(join(plain.directory, 'killed'), '');
        await until(() => plain.calls().includes('cleanup') && locks().length === 0, 'the job has ended');
        expect(await plain.answers()).toBe(true);
        expect(blobs - plain.blobs()).toBe(3 - toCollect);
        plain.before(step, '');
        const { collection } = await collectOn(host, plain);
        expect(collection.result).toBe(toCollect === 0 ? 'skipped' : 'done');
        await untilNothingRuns(directory);
      },
    );

    test('a caller that is interrupted leaves at once and says so, and the job ends by itself', async () => {
      plain.before('collect', ': >"$svc_at/reached"; sleep 1');
      const run = new AbortController();
      const collecting = collectOn(host, plain, { interrupted: run.signal });
      await until(() => existsSync(join(plain.directory, 'reached')), 'the collector runs');
      run.abort(new Error('SIGTERM'));
      const { collection } = await collecting;
      expect(collection).toMatchObject({ result: 'failed', unlinked: [], removedRepositories: [] });
      expect(collection.why?.what).toContain(
        'What had begun there goes on without us and ends with a registry that runs',
      );
      await until(() => plain.calls().includes('cleanup') && locks().length === 0, 'the job has ended');
      expect(await plain.answers()).toBe(true);
    });

    test('connections that are cut again and again: one job, and nothing of what it says is lost', async () => {
      const [first = '', second = ''] = plain.digests;
      const offlineWork = `printf '@unlinked apps/web %s\\n' ${first} ${second}; sleep 1; echo '@removed apps/old'`;
      const { collection, lines } = await collectOn(cutting(host, 3), plain, { offlineWork });
      expect(collection).toMatchObject({
        result: 'done',
        blobs: 3,
        unlinked: [first, second].map((digest) => ({ repository: 'apps/web', digest })),
        removedRepositories: ['apps/old'],
      });
      expect(plain.calls()).toEqual([
        'prepare',
        'check',
        ...told,
        'stop',
        'offline-inside',
        'collect',
        'start',
        'cleanup',
      ]);
      expect(lines.some((line) => line.startsWith('The connection was cut; the collection goes on there'))).toBe(true);
      expect(left()).toEqual([]);
    });

    test('a connection that never comes back: the job finishes without us', async () => {
      let launched = false;
      const lost: Host = {
        ...host,
        async run(script, options) {
          if (launched && !script.includes('[ -p ')) throw cut();
          launched = true;
          return host.run(script, options);
        },
      };
      const { collection } = await collectOn(lost, plain, { limits: { reconnectMs: 500 } });
      expect(collection.result).toBe('failed');
      expect(collection.why?.what).toContain('the connection was lost');
      expect(collection.log).toBeDefined();
      await until(() => locks().length === 0 && plain.calls().includes('cleanup'), 'the job has ended');
      expect(await plain.answers()).toBe(true);
    });

    test('a job that is asked to end while it collects starts the registry', async () => {
      plain.before('collect', heldCollector);
      const collecting = collectOn(host, plain);
      await until(() => plain.isCollecting() && plain.calls().includes('collect'), 'it collects');
      process.kill(jobPid(), 'SIGTERM');
      const { collection } = await collecting;
      expect(collection.result).toBe('failed');
      expect(collection.why?.what).toBe('the collection was ended by a signal on the host. The registry answers again');
      expect(plain.isCollecting()).toBe(false);
      expect(locks()).toEqual([]);
    });

    test('a caller that is killed, and then the job: its guard starts the registry', async () => {
      plain.before('collect', heldCollector);
      const caller = startCaller();
      await until(() => plain.isCollecting() && plain.calls().includes('collect'), 'it collects');
      const directory = jobDirectory();
      await killed(caller);
      process.kill(jobPid(), 'SIGKILL');
      await until(() => plain.calls().includes('cleanup') && locks().length === 0, 'the guard has ended');
      await until(plain.answers, 'the registry answers');
      expect(plain.isCollecting()).toBe(false);
      // Who watched over the collector doesn't take the registry that runs again for one that came up under it.
      expect(plain.calls().slice(plain.calls().indexOf('start'))).toEqual(['start', 'cleanup']);
      await untilNothingRuns(directory);
    });

    test.each(['check', 'ready'] as const)(
      'a caller that is killed, and then the job at %s, before it has a guard: what waits ends by itself',
      async (phase) => {
        plain.before('check', ': >"$svc_at/reached"; until [ -e "$svc_at/killed" ]; do sleep 0.1; done');
        const caller = startCaller();
        await until(() => existsSync(join(plain.directory, 'reached')), 'the dry run is reached');
        const directory = jobDirectory();
        await killed(caller);
        if (phase === 'check') process.kill(jobPid(), 'SIGKILL');
        await writeFile(join(plain.directory, 'killed'), '');
        if (phase === 'ready') {
          await until(() => readFileSync(join(directory, 'log'), 'utf8').includes(' phase ready'), 'it is ready');
          process.kill(jobPid(), 'SIGKILL');
        }
        await untilNothingRuns(directory);
        expect((await collectOn(host, plain)).collection.result).toBe('done');
      },
    );

    test('a job that is killed with its guard: the next run ends what is left, and its collector', async () => {
      plain.before('collect', heldCollector);
      const caller = startCaller();
      await until(() => plain.isCollecting() && plain.calls().includes('collect'), 'it collects');
      const directory = jobDirectory();
      await killed(caller);
      const main = jobPid();
      process.kill(main, 'SIGSTOP');
      // The guard sleeps for two seconds at a time. Its like, which ends those that listen, is one too.
      const guards = (): readonly number[] =>
        processesOf(directory)
          .filter((line) => line.endsWith('sleep 2'))
          .map((line) => parentOf(Number(line.split(' ')[0])));
      await until(() => guards().length === 2, 'both sleep');
      for (const pid of [main, ...guards()]) process.kill(pid, 'SIGKILL');
      expect(await plain.answers()).toBe(false);
      expect(plain.isCollecting()).toBe(true);
      expect(processesOf(directory)).not.toEqual([]);
      plain.before('collect', '');
      const { collection, lines } = await collectOn(host, plain, { limits: { wordSeconds: 60, answerMs: 30_000 } });
      expect(lines).toContain('the lock of a run that died is taken over');
      expect(collection.result).toBe('done');
      expect(await plain.answers()).toBe(true);
      await untilNothingRuns(directory);
    });

    test('a job that is killed while it collects: its guard starts the registry, and is followed', async () => {
      plain.before('collect', heldCollector);
      const collecting = collectOn(host, plain);
      await until(() => plain.isCollecting() && plain.calls().includes('collect'), 'it collects');
      process.kill(jobPid(), 'SIGKILL');
      const { collection } = await collecting;
      expect(collection.result).toBe('failed');
      expect(collection.why?.what).toContain("the collection's own script ended early");
      expect(await plain.answers()).toBe(true);
      expect(plain.isCollecting()).toBe(false);
      expect(locks()).toEqual([]);
    });

    test('an engine that is away after the collector failed is waited for before the registry is started', async () => {
      plain.fail('collect', 1);
      plain.fail('kill', 2);
      const { collection } = await collectOn(host, plain);
      expect(collection.why?.what).toBe(
        'the collector failed, and what runs it was away for a while. The host said: the fault of collect. The registry answers again',
      );
      expect(plain.calls()).toEqual([
        'prepare',
        'check',
        ...told,
        'stop',
        'collect',
        'kill',
        'kill',
        'kill',
        'start',
        'cleanup',
      ]);
    });

    test('something answers while garbage is collected: the collector is ended', async () => {
      plain.before('collect', heldCollector);
      const { collection } = await collectOn(host, plain, {
        registryAnswers: async () => plain.isCollecting() || (await plain.answers()),
      });
      expect(collection.why?.what).toContain(
        "something answered at the registry's address while the registry was stopped",
      );
      expect(plain.isCollecting()).toBe(false);
      expect(await plain.answers()).toBe(true);
      expect(locks()).toEqual([]);
    });
  });
}

function parentOf(pid: number): number {
  return Number(
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  );
}

/** Each kind of script is cut once: right after it ran, or, of those that report lines, in the middle of one. */
function cutting(host: Host, linesUntilCut: number): Host {
  let follows = 0;
  const wasCut = new Set<string>();
  return {
    ...host,
    async run(script, options) {
      const onLine = options?.onLine;
      if (onLine === undefined) {
        const ran = await host.run(script, options);
        const kind = script.includes('rp_launch') ? 'launch' : script.includes(' begin ') ? 'begin' : 'other';
        if (kind === 'other' || wasCut.has(kind)) return ran;
        wasCut.add(kind);
        throw cut();
      }
      follows += 1;
      if (follows > 4) return host.run(script, options);
      let lines = 0;
      let whole = true;
      return new Promise((resolve, reject) => {
        const follow = host.run(script, {
          ...options,
          onLine: (line) => {
            lines += 1;
            if (lines < linesUntilCut) onLine(line);
            else if (whole) {
              whole = false;
              onLine(line.slice(0, line.length / 2));
              reject(cut());
            }
          },
        });
        follow.then(resolve, reject);
      });
    },
    async prepare() {
      const prepared = await host.prepare();
      return {
        ...prepared,
        run: () => {
          prepared.close();
          return Promise.reject(cut());
        },
      };
    },
  };
}
