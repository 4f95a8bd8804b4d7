/** Signals to the real process, as a runner sends them: it says so, finishes what is under way, reports, and ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { fetchManifest, pushImage } from '../../sandbox/push.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import type { RunReport } from '../../src/report/index.ts';
import { useRegistry, writes } from './step.ts';

// A process each, which may use all of its five seconds; on a busy machine its start takes seconds, too.
jest.setTimeout(120_000);

const start = useRegistry();
const program = [join(import.meta.dirname, '..', '..', 'src', 'index.ts')];
// More time than any machine needs for what must be done before its end.
const patient = (finishMs: number, leaveMs: number): readonly string[] => [
  join(import.meta.dirname, 'patient-run.ts'),
  String(finishMs),
  String(leaveMs),
];
let folder: string;
let registry: SandboxRegistry;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'registry-prune-signals-'));
  registry = await start({ profile: 'distribution-2.8' });
  for (const number of [1, 2, 3])
    await pushImage(registry, {
      repository: 'apps/web',
      tags: [`build-${number}`, `also-${number}`],
      seed: String(number),
      created: `2026-01-0${number}T00:00:00Z`,
    });
  registry.forgetRequests();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

type Running = {
  readonly child: ChildProcess;
  /** Resolves once the log has it. */
  readonly said: (text: string) => Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly log: string }>;
};

function startRun(started: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const inputs = { registry: registry.url, repositories: 'apps/web', tags: 'build-{number}', 'keep-last': '1' };
  const child = spawn(process.execPath, started, {
    env: {
      ...Object.fromEntries(Object.entries(inputs).map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text])),
      INPUT_CONCURRENCY: '1',
      PATH: process.env.PATH ?? '',
      HOME: homedir(),
      RUNNER_TEMP: folder,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  let look = (): void => undefined;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      look();
    });
  return {
    child,
    said: (text) =>
      new Promise((resolve) => {
        look = () => {
          if (log.includes(text)) resolve();
        };
        look();
      }),
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        resolve({ code, signal, log });
      });
    }),
  };
}

/** The signal, and nothing goes on before the process has heard it. */
async function send({ child, said }: Running, signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
  child.kill(signal);
  await said(`${signal}: the run is`);
}

function report(): RunReport {
  const name = readdirSync(folder).find((each) => each.endsWith('.report.json')) ?? 'no report';
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as RunReport;
}

const tags = (): readonly string[] => [...registry.store.tags('apps/web').keys()].sort();
const covering = { method: 'PUT', path: /manifests\/build-1$/ };

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s in the middle of a placeholder, and another signal after it: it is taken away, and reported',
  async (signal) => {
    const running = startRun(patient(100_000, 110_000));
    registry.before(covering, async () => {
      await send(running, signal);
      await send(running, signal === 'SIGINT' ? 'SIGTERM' : 'SIGINT');
      registry.forgetRequests();
    });
    const { code, signal: killedBy, log } = await running.ended;
    expect({ code, killedBy }).toEqual({ code: 1, killedBy: null });
    expect(log).toContain(`error: ${signal}: the run was interrupted: 1 tag and 0 manifests in 1 repository are left`);
    expect(report()).toMatchObject({ interruptedBy: signal });
    expect(readdirSync(folder).some((name) => name.endsWith('.journal.jsonl'))).toBe(true);
    expect(registry.requests.filter(({ method }) => writes.includes(method)).map(({ method }) => method)).toEqual([
      'DELETE',
    ]);
    expect(tags()).toEqual(['also-1', 'also-2', 'also-3', 'build-2', 'build-3']);
    for (const name of tags()) expect(await fetchManifest(registry, 'apps/web', name)).toBeDefined();
  },
);

test('a registry that doesn’t answer any more keeps it from nothing: it ends with its report', async () => {
  const running = startRun(patient(500, 100_000));
  registry.before(covering, async () => {
    await send(running, 'SIGTERM');
    // Until the process is gone.
    await running.ended;
  });
  const { code, signal } = await running.ended;
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  const { interruptedBy, repositories } = report();
  expect(interruptedBy).toBe('SIGTERM');
  const outcome = repositories[0]?.outcomes.find(({ subject }) => subject.kind === 'tag' && subject.tag === 'build-1');
  expect(outcome).toMatchObject({ result: 'failed' });
});

test('while GitHub doesn’t answer: it says that nothing was deleted, and ends', async () => {
  const asked = Promise.withResolvers<undefined>();
  const github: Server = createServer(() => {
    asked.resolve(undefined);
  });
  await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve));
  try {
    const running = startRun(patient(500, 8_000), {
      INPUT_TAGS: 'build-{pr}',
      'INPUT_KEEP-LAST': '0',
      'INPUT_GITHUB-TOKEN': 'ghs_tokenOfThisJob',
      'INPUT_GITHUB-REPOSITORY': 'acme/apps',
      GITHUB_API_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}`,
    });
    await asked.promise;
    await send(running, 'SIGTERM');
    const { code, log } = await running.ended;
    expect(code).toBe(1);
    expect(log).toContain('while it was still looking at what is there: nothing was deleted');
    expect(log).not.toContain('cut off');
  } finally {
    github.closeAllConnections();
    github.close();
  }
  expect(registry.requests.filter(({ method }) => writes.includes(method))).toEqual([]);
});

test('the program itself ends within its own limits, whatever it waits for', async () => {
  const running = startRun(program);
  registry.before(covering, async () => {
    await send(running, 'SIGINT');
    await running.ended;
  });
  const { code, signal } = await running.ended;
  expect({ code, signal }).toEqual({ code: 1, signal: null });
});
