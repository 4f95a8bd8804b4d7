/** Starting a registry from here, where its job can't: it is gone, or has ended and nothing answers. */
import { MachineError, quote } from '../machine/index.ts';
import type { Context } from './context.ts';
import { jobDirectory, type Job } from './job.ts';
import { lockPrefix } from './lock.ts';
import { clean } from './text.ts';

/** Ends a collector that is left, starts or restarts the registry, and frees the job's lock. What the host said where that failed. */
export async function startAgain({ host, service, sleep }: Context, job: Job): Promise<string | undefined> {
  const script = [
    `rp_run=${quote(job.run)}`,
    `rp_dir=${quote(jobDirectory(job.run))}`,
    service.functions,
    'svc_collect_kill </dev/null',
    'if svc_is_running </dev/null; then svc_restart </dev/null; else svc_start </dev/null; fi',
    'rp_status=$?',
    'svc_cleanup </dev/null',
    `rm -f ${quote(lockPrefix(service) + job.run)}`,
    'exit "$rp_status"',
    '',
  ].join('\n');
  // A host that is being reached again after a cut may need a second try.
  for (let left = 2; ; left -= 1) {
    try {
      const { status, stderr } = await host.run(script);
      return status === 0 ? undefined : clean(stderr);
    } catch (error) {
      if (!(error instanceof MachineError)) throw error;
      if (left === 0) return clean(error.message);
      await sleep(2_000);
    }
  }
}
