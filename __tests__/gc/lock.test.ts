// Two runs on one registry: the second waits and says for whom; what a dead run left is taken over.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { lockPrefix } from '../../src/gc/index.ts';
import { jobDirectory } from '../../src/gc/job.ts';
import { collectOn, until } from './collecting.ts';
import {
  leftovers,
  registryProgram,
  shellHost,
  shells,
  startPlainService,
  type PlainService,
} from './plain-service.ts';

const major = ([2, 3] as const).find((each) => registryProgram(each) !== undefined);
const deadRun = 'd'.repeat(32);

function startOf(pid: number): string {
  return (
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19] ?? ''
  );
}

const boot = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

for (const shell of shells) {
  describe(`under ${shell}`, () => {
    const here = shellHost(shell);
    if (here === undefined || major === undefined) {
      test.skip(here === undefined ? `${shell} isn't here` : 'distribution is not here', () => undefined);
      return;
    }
    const { host, close } = here;
    let plain: PlainService;

    afterAll(close);
    afterEach(async () => {
      await plain.close();
    });
    const left = (): readonly string[] => leftovers(plain.service);
    const held = (...words: readonly (string | number)[]): string => {
      const path = lockPrefix(plain.service) + deadRun;
      writeFileSync(path, `${deadRun} ${words.join(' ')}\n`);
      return path;
    };

    test.each<[string, () => readonly (string | number)[]]>([
      ['of a process that is gone', () => [spawnSync('true').pid, '1', boot(), '1700000000', 'somebody']],
      ['of a process whose number another one has now', () => [process.pid, '1', boot(), '1700000000', 'somebody']],
      ['of another boot', () => [process.pid, startOf(process.pid), 'another-boot', '1700000000', 'somebody']],
      ['that was never written whole', () => ['']],
    ])('a lock %s is taken over', async (_, words) => {
      plain = await startPlainService({ major });
      const path = held(...words());
      const { collection, lines } = await collectOn(host, plain);
      expect(collection).toMatchObject({ result: 'done', blobs: 3 });
      expect(lines).toContain('the lock of a run that died is taken over');
      // Its collector first.
      expect(plain.calls().slice(0, 2)).toEqual(['kill', 'prepare']);
      expect(existsSync(path)).toBe(false);
      expect(left()).toEqual([]);
    });

    test.each([
      ['of this registry are ended', true],
      ['of another one are left alone, whatever the lock says', false],
    ])('the shells of a dead run %s', async (_, isHere) => {
      plain = await startPlainService({ major });
      const directory = jobDirectory(deadRun);
      mkdirSync(directory);
      writeFileSync(
        join(directory, 'job'),
        `while :; do sleep 1; done\nrp_locks='${isHere ? lockPrefix(plain.service) : '/tmp/another'}'\n`,
      );
      held(spawnSync('true').pid, '1', boot(), '1700000000', 'somebody');
      const job = spawn('sh', [join(directory, 'job')], { stdio: 'ignore' });
      const reader = spawn('tail', ['-f', join(directory, 'job')], { stdio: 'ignore' });
      try {
        const { collection } = await collectOn(host, plain);
        expect(collection.result).toBe('done');
        expect(reader.signalCode).toBeNull();
        if (isHere) await until(() => job.signalCode === 'SIGKILL', 'it is ended');
        else expect(job.signalCode).toBeNull();
      } finally {
        job.kill('SIGKILL');
        reader.kill('SIGKILL');
        await rm(directory, { recursive: true });
      }
    });

    test('a collector of a dead run that can’t be ended: nothing is begun beside it', async () => {
      plain = await startPlainService({ major });
      held(spawnSync('true').pid, '1', boot(), '1700000000', 'somebody');
      plain.fail('kill', 99);
      const { collection } = await collectOn(host, plain);
      expect(collection.why?.what).toBe("the collector couldn't be ended. The host said: the fault of kill");
      expect(new Set(plain.calls())).toEqual(new Set(['kill', 'cleanup']));
      expect(await plain.answers()).toBe(true);
      await rm(collection.log ?? '', { recursive: true });
    });

    test('a registry that a dead run left stopped is started', async () => {
      plain = await startPlainService({ major });
      held(spawnSync('true').pid, '1', boot(), '1700000000', 'somebody');
      spawnSync('sh', ['-s'], { input: `${plain.service.functions}\nsvc_down\n` });
      expect(await plain.answers()).toBe(false);
      const { collection } = await collectOn(host, plain, { limits: { wordSeconds: 60, answerMs: 30_000 } });
      expect(collection).toMatchObject({ result: 'done', blobs: 3 });
      expect(await plain.answers()).toBe(true);
    });

    test('a lock of a process that lives is waited for, named and left alone', async () => {
      plain = await startPlainService({ major });
      const path = held(process.pid, startOf(process.pid), boot(), '1700000000', 'a nightly job');
      const lines: string[] = [];
      // Its patience ends when it has begun to wait, however long the first look took.
      let later = 0;
      const { collection } = await collectOn(host, plain, {
        limits: { lockMs: 3_600_000 },
        now: () => new Date(Date.now() + later),
        say(line) {
          lines.push(line);
          if (line.endsWith('waiting for it')) later = 7_200_000;
        },
      });
      expect(collection).toMatchObject({
        result: 'failed',
        why: { what: 'another run collects garbage there since 2023-11-14T22:13:20.000Z: a nightly job' },
      });
      expect(lines.filter((line) => line.endsWith('a nightly job; waiting for it'))).toHaveLength(1);
      expect(plain.calls()).toEqual([]);
      expect(left()).toEqual([path]);
      await rm(path);
    });

    test('the second goes on when the first is done', async () => {
      plain = await startPlainService({ major });
      const path = held(process.pid, startOf(process.pid), boot(), '1700000000', 'a nightly job');
      const { collection } = await collectOn(host, plain, {
        limits: { lockMs: 60_000 },
        say: (line) => {
          if (line.endsWith('waiting for it')) void rm(path);
        },
      });
      expect(collection).toMatchObject({ result: 'done', blobs: 3 });
      expect(left()).toEqual([]);
    });

    test('of several at once never two are at work', async () => {
      plain = await startPlainService({ major });
      // The marker can't be made twice; the fault would be seen as a failure.
      plain.before('stop', 'mkdir "$svc_at/at-work" || { echo two at once >&2; return 1; }');
      plain.before('cleanup', 'rmdir "$svc_at/at-work" 2>/dev/null || :');
      const all = await Promise.all(
        [1, 2, 3].map((number) =>
          collectOn(host, plain, { who: `run ${number}`, limits: { lockMs: 120_000, lockPauseMs: 300 } }),
        ),
      );
      expect(all.map(({ collection }) => collection.result).sort()).toEqual(['done', 'skipped', 'skipped']);
      await until(() => left().length === 0, 'nothing is left');
    });
  });
}
