/** A question to the host about the registry's service. */
import { answerOf, type Answer } from './answer.ts';
import { serviceError } from './found-service.ts';
import type { Host } from './host.ts';
import { shown } from './text.ts';

// An engine under load takes seconds for an inspect; there are some ten of them.
const patienceMs = 180_000;

/** What a script that asks and changes nothing prints. Throws MachineError where it fails. `where`: as in errors. */
export async function askHostText(host: Host, script: string, where: string): Promise<string> {
  const ran = await host.run(script, { timeoutMs: patienceMs });
  if (ran.status !== 0)
    throw serviceError(
      `What ${where} is can't be found out: ${shown(ran.stderr) || `a script there ended with ${ran.status}`}`,
      'Try the same on the host by hand: inspect the container, and execute a shell in it.',
    );
  return ran.stdout;
}

/** The same, read. */
export async function askHost(host: Host, script: string, where: string): Promise<Answer> {
  return answerOf(await askHostText(host, script, where));
}
