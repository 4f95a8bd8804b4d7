// Two runs on one registry, and the lock that a dead one left.

import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { until } from '../../gc/collecting.ts';
import { processesOf } from '../../gc/plain-service.ts';
import { describeEngine } from '../engine.ts';
import { expectSuccess } from '../pruning.ts';
import type { SshServer } from '../ssh-server.ts';
import { jobsOf, kill9, locksOf, removeJobs, runningJobsOf, signal, untilBack, watchPhases } from './host-watch.ts';
import { collectingInputs, expectSurvival, startLaidRegistry, type LaidRegistry } from './laid-registry.ts';
import { startRunner } from './runner-process.ts';
import { collectOverSsh, overSsh, sshToEngine } from './workplace.ts';

jest.setTimeout(180_000);

const policy = 'no';

describeEngine('two runs on one registry', (engine) => {
  let server: SshServer;
  let registry: LaidRegistry;

  beforeAll(async () => {
    server = await sshToEngine(engine());
    registry = await startLaidRegistry(engine(), '3.1', { revisions: 100, garbage: 50 });
  });
  afterEach(() => removeJobs(registry));
  afterAll(async () => {
    await server.stop();
    await registry.close();
  });

  test('the second says who has the lock, waits for it, and both end well', async () => {
    registry.litter();
    const inputs = { ...collectingInputs(registry), ...overSsh(server) };
    const watch = watchPhases(registry);
    const first = collectOverSsh(inputs);
    await Promise.race([watch.reached('prepare'), first]);
    watch.stop();
    // While it has the lock the first one is held, until the second has come and waits.
    const held = runningJobsOf(registry);
    expect(held.length).toBe(1);
    for (const pid of held) signal(pid, 'SIGSTOP');
    const { promise: waits, resolve } = Promise.withResolvers<string>();
    const second = collectOverSsh(inputs, {
      onLine: (line) => {
        if (line.includes('waiting for it')) resolve(line);
      },
    });
    const said = await Promise.race([waits, second.then(({ lines }) => lines.join('\n'))]);
    for (const pid of held) signal(pid, 'SIGCONT');
    const [one, other] = await Promise.all([first, second]);
    expect(said).toMatch(
      /^another run collects garbage there since 20\S+Z: registry-prune\S* for http:\S+; waiting for it$/,
    );
    expectSuccess(one);
    expect(other.failures).toEqual([]);
    await expectSurvival(engine(), registry, policy);
    expect(await registry.isClean()).toBe(true);
  });

  test('one that comes while the registry is stopped waits until it is back', async () => {
    registry.litter();
    const inputs = { ...collectingInputs(registry), ...overSsh(server) };
    const watch = watchPhases(registry);
    const first = collectOverSsh(inputs);
    await Promise.race([watch.reached('stopped'), first]);
    watch.stop();
    const held = runningJobsOf(registry);
    expect(held.length).toBe(1);
    for (const pid of held) signal(pid, 'SIGSTOP');
    const { promise: waits, resolve } = Promise.withResolvers<string>();
    const second = collectOverSsh(inputs, {
      onLine: (line) => {
        if (line.includes('waiting for it')) resolve(line);
      },
    });
    const said = await Promise.race([waits, second.then(({ lines }) => lines.join('\n'))]);
    for (const pid of held) signal(pid, 'SIGCONT');
    const [one, other] = await Promise.all([first, second]);
    expect(said).toMatch(/^another run collects its garbage since 20\S+Z; waiting for it$/);
    expectSuccess(one);
    expect(other.failures).toEqual([]);
    await expectSurvival(engine(), registry, policy);
    expect(await registry.isClean()).toBe(true);
  });

  test('a registry that nobody collects and that does not run: the host says why it does not answer', async () => {
    await engine().docker(['stop', registry.name]);
    const done = await collectOverSsh({ ...collectingInputs(registry), ...overSsh(server) });
    await engine().docker(['start', registry.name]);
    expect(done.lines.join('\n')).toMatch(
      new RegExp(`^warning: The container ${registry.name} .* isn't running\\. Start it: docker start `, 'm'),
    );
    expect(done.failures).toEqual([expect.stringContaining(registry.url)]);
    await untilBack(registry);
    await expectSurvival(engine(), registry, policy);
  });

  test('the lock of a job that is dead, and its runner too, is taken over, and what it had made goes', async () => {
    registry.litter();
    const watch = watchPhases(registry);
    const runner = startRunner(server, collectingInputs(registry));
    await Promise.race([watch.reached('check'), runner.ended]);
    watch.stop();
    await runner.kill9();
    kill9(runningJobsOf(registry));
    expect(locksOf(registry).length).toBe(1);
    const dead = jobsOf(registry);
    const done = await collectOverSsh({ ...collectingInputs(registry), ...overSsh(server) });
    expectSuccess(done);
    expect(done.lines).toContain('the lock of a run that died is taken over');
    for (const job of dead) await until(() => processesOf(job).length === 0, 'nothing of the dead job runs');
    await expectSurvival(engine(), registry, policy);
    expect(await registry.isClean()).toBe(true);
  });
});
