/** Collecting garbage on the registry's host, on one screen. */
import { randomBytes } from 'node:crypto';
import { MachineError, quote } from '../machine/index.ts';
import type { Collection, Problem } from '../model/index.ts';
import { unlessAborted } from '../runtime/interruption.ts';
import { placeOf, type CollectOptions, type Context } from './context.ts';
import { follow, isPassing } from './follow.ts';
import { jobDirectory, renderLaunch, type Job } from './job.ts';
import { collectLimits } from './limits.ts';
import { planFlush, type Flush } from './redis.ts';
import { clean } from './text.ts';
import { Watch, type Finished } from './watch.ts';

/**
 * Has the garbage collected, and the registry running again. Never rejects for what goes wrong on the host: that is in
 * `result` and `why`. After a failure the directory with the logs stays on the host, as `log`. Where the run is
 * interrupted nobody waits for the job any more, which needs nobody (ADR 0013).
 */
export async function collect(options: CollectOptions): Promise<Collection> {
  const context: Context = { ...options, limits: { ...collectLimits, ...options.limits } };
  const { interrupted } = options;
  if (interrupted === undefined) return collectWhole(context);
  try {
    return await unlessAborted(interrupted, collectWhole(context));
  } catch (error) {
    if (!interrupted.aborted || error !== interrupted.reason) throw error;
    return collectionOf(context, { result: 'failed', why: leftAlone(context) });
  }
}

function leftAlone(context: Context): Problem {
  return {
    at: placeOf(context),
    what: 'the run was interrupted while garbage was collected. What had begun there goes on without us and ends with a registry that runs; what came of it is not known here',
    wayOut: `See that the registry answers, and run it again: it waits for a collection that is still at it. Logs lie in ${jobDirectory('*')} there.`,
  };
}

async function collectWhole(context: Context): Promise<Collection> {
  const flush = planFlush(context.service);
  const refusal = refuse(context, flush);
  if (refusal !== undefined) return collectionOf(context, { result: 'failed', why: refusal });
  const before = await measure(context);
  const told = await runJob(context, flush);
  const after = told.result === 'done' ? await measure(context) : undefined;
  return collectionOf(context, {
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...told,
  });
}

function collectionOf({ service, host, mode }: Context, told: Finished): Collection {
  return {
    service: service.shown,
    host: host.name,
    mode,
    version: service.version.text,
    blobs: 0,
    manifests: 0,
    unlinked: [],
    spared: [],
    removedRepositories: [],
    ...told,
  };
}

/** What is known beforehand to lose images or the registry. */
function refuse(context: Context, flush: Flush): Problem | undefined {
  const { service, mode, readOnly } = context;
  if (service.refusal !== undefined) return service.refusal;
  if (mode === 'offline' && service.offlineRefusal !== undefined) return service.offlineRefusal;
  if (mode === 'online' && !service.readOnly && readOnly !== true)
    return {
      at: placeOf(context),
      what: 'the registry takes pushes, and a push during an online collection would be lost; nothing was collected',
      wayOut:
        'Set garbage-collect: offline. Or make the registry read-only for the time of it, by REGISTRY_STORAGE_MAINTENANCE_READONLY={"enabled":true} in its environment.',
    };
  return flush.kind === 'refused' ? { at: placeOf(context), ...flush.why } : undefined;
}

/** A figure for the report: where it can't be had, the collection goes on without. */
async function measure({ storage, say }: Context): Promise<number | undefined> {
  try {
    return await storage?.bytes();
  } catch (error) {
    say(`the storage's size isn't known: ${clean(error instanceof Error ? error.message : String(error))}`);
    return undefined;
  }
}

/** Starts jobs until one has the lock, and follows that one to its end. */
async function runJob(context: Context, flush: Flush): Promise<Finished> {
  const { host, now, sleep, say, limits } = context;
  const patienceEnds = now().getTime() + limits.lockMs;
  let waitsFor: string | undefined;
  for (;;) {
    const job = newJob(context, flush);
    const unlaunched = await launch(context, job);
    if (unlaunched !== undefined) return { result: 'failed', why: unlaunched };
    const watch = new Watch(context, job);
    const followed = await follow({
      ...{ host, job, now, sleep, limits },
      onEvent: (event) => {
        watch.take(event);
      },
      onCut: (error) => {
        say(`${clean(error.message)}; the collection goes on there, and is looked for again`);
      },
    });
    const told = await watch.conclude(followed);
    if (told.result !== 'failed') await removeDirectory(context, job);
    if (told.result !== 'busy') return told;
    if (now().getTime() > patienceEnds) return { result: 'failed', why: told.why };
    if (waitsFor !== told.holder) say(`${told.why.what}; waiting for it`);
    waitsFor = told.holder;
    // Two that look at the same moment would see each other again at the next.
    await sleep(limits.lockPauseMs * (1 + randomBytes(1).readUInt8() / 255));
  }
}

function newJob({ service, mode, who, offlineWork, limits }: Context, flush: Flush): Job {
  return {
    run: randomBytes(16).toString('hex'),
    mark: randomBytes(16).toString('hex'),
    mode,
    service,
    who: clean(who),
    limits,
    ...(mode === 'offline' && offlineWork !== undefined && { work: offlineWork }),
    ...(flush.kind === 'flush' && { cache: flush }),
  };
}

/** The job runs on the host once this answers `undefined`, and only once: a launch that was cut is asked for again. */
async function launch(context: Context, job: Job): Promise<Problem | undefined> {
  const { host, now, sleep, say, limits } = context;
  const startedAt = now().getTime();
  for (;;) {
    try {
      const { status, stderr } = await host.run(renderLaunch(job));
      if (status === 0) return undefined;
      await removeDirectory(context, job);
      return {
        at: placeOf(context),
        what: `the collection couldn't be put into /tmp of the host; nothing was stopped. The host said: ${clean(stderr)}`,
        wayOut: 'Make room in /tmp on the host, and let its user write there.',
      };
    } catch (error) {
      if (!(error instanceof MachineError)) throw error;
      if (!isPassing(error) || now().getTime() - startedAt > limits.wordSeconds * 1000)
        return { at: placeOf(context), what: clean(error.message), wayOut: error.wayOut };
      say(`${clean(error.message)}; trying again`);
      await sleep(limits.reconnectPauseMs);
    }
  }
}

async function removeDirectory({ host, say }: Context, job: Job): Promise<void> {
  try {
    await host.run(`rm -rf ${quote(jobDirectory(job.run))}\n`);
  } catch (error) {
    say(`${jobDirectory(job.run)} is left on ${host.name}: ${clean(String(error))}`);
  }
}
