/** `kubectl` on the registry's host: what is asked of the cluster, and what its refusals mean. */
import type { MachineError } from '../errors.ts';
import { serviceError } from '../found-service.ts';
import type { Host, Ran } from '../host.ts';
import { quote } from '../quote.ts';
import { shown } from '../text.ts';

// One request, its login plugin included. What takes longer is not going to be answered.
const requestSeconds = 30;
// Over SSH, with discovery before the request itself.
const askMs = 120_000;

export type Cluster = {
  readonly host: Host;
  readonly namespace: string;
};

/** A call of kubectl as text of a script: every argument a word of its own, the namespace always said, nothing to read. */
export function kubectl(namespace: string, args: readonly string[]): string {
  return `${['kubectl', `--namespace=${namespace}`, ...args].map(quote).join(' ')} </dev/null`;
}

/** What kubectl prints. Throws MachineError where it ends with another status than 0; `doing` says what for: `read its pods`. */
export async function ask(cluster: Cluster, doing: string, args: readonly string[]): Promise<string> {
  const ran = await tell(cluster, args);
  if (ran.status !== 0) throw refusalOf(cluster, doing, ran);
  return ran.stdout;
}

/** The same, whatever the status is. */
export async function tell({ host, namespace }: Cluster, args: readonly string[]): Promise<Ran> {
  return host.run(`${kubectl(namespace, [...args, `--request-timeout=${requestSeconds}s`])}\n`, { timeoutMs: askMs });
}

// The words of kubectl's `StandardErrorMessage` and of client-go, 1.20 to 1.33.
const forbidden = /\(Forbidden\)|is forbidden: /;
const unauthorized = /\(Unauthorized\)|must be logged in to the server|provided credentials|getting credentials: exec/;
const unreachable =
  /The connection to the server .* was refused|Unable to connect to the server|connection refused|no such host|i\/o timeout|deadline exceeded|no configuration has been provided|invalid configuration|context .* does not exist|context was not found|TLS handshake|EOF$/m;

/** What kept kubectl from doing it, in one sentence, with its own words. */
export function refusalOf({ host, namespace }: Cluster, doing: string, ran: Ran): MachineError {
  const words = lastWords(ran);
  if (isMissing(ran))
    return serviceError(
      `There is no kubectl on ${host.name}, so the cluster can't be asked`,
      'Install kubectl there, on the path of a login without a terminal, or set ssh-host to a machine that has it.',
    );
  if (isForbidden(ran))
    return serviceError(
      `The account of kubectl on ${host.name} may not ${doing} in namespace ${namespace}: ${words}`,
      'Give it the Role of docs/garbage-collection.md (Kubernetes) in that namespace.',
    );
  if (unauthorized.test(ran.stderr))
    return serviceError(
      `The cluster doesn't let kubectl on ${host.name} in: ${words}`,
      `See that "kubectl --namespace=${namespace} get pods" works there, as the same user: its kubeconfig has no valid login.`,
    );
  if (unreachable.test(ran.stderr))
    return serviceError(
      `kubectl on ${host.name} reaches no cluster: ${words}`,
      'It reads the file that KUBECONFIG names there, else ~/.kube/config. See that "kubectl get pods" works there, as the same user.',
    );
  return serviceError(
    `kubectl on ${host.name} couldn't ${doing} in namespace ${namespace}: ${words}`,
    `Try "kubectl --namespace=${namespace} get pods" there, as the same user.`,
  );
}

export function isForbidden(ran: Ran): boolean {
  return ran.status !== 0 && forbidden.test(ran.stderr);
}

export function isNotFound(ran: Ran): boolean {
  return ran.status !== 0 && ran.stderr.includes('(NotFound)');
}

function isMissing({ status, stderr }: Ran): boolean {
  return status === 127 || (status === 126 && stderr.includes('kubectl'));
}

/** The last line: what comes before it is klog's, and a discovery that was tried again. */
function lastWords({ status, stderr }: Ran): string {
  const line = stderr
    .split(/\r?\n/)
    .filter((each) => each.trim() !== '' && !/^[EIWF]\d{4} /.test(each))
    .at(-1);
  return line === undefined ? `it ended with status ${status} and said nothing` : shown(line);
}
