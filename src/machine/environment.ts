/** Which variables of this process what it starts may see (pure). */

export type Environment = Readonly<Record<string, string | undefined>>;

// What a login has, what tells a client of an engine or a cluster where that is, and what their login plugins read.
const hostNames = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'TZ',
  'TMPDIR',
  'KUBECONFIG',
  'SSH_AUTH_SOCK',
]);
const hostNamesBegin = [
  ...['LC_', 'XDG_', 'DBUS_', 'LD_LIBRARY_', 'SSL_CERT_', 'KUBERNETES_'],
  ...['DOCKER_', 'COMPOSE_', 'CONTAINER_HOST', 'CONTAINER_SSHKEY', 'CONTAINER_CONNECTION', 'CONTAINERS_'],
  ...['AWS_', 'AZURE_', 'AAD_', 'GOOGLE_', 'CLOUDSDK_'],
];
const proxies = /^(?:https?|no|all)_proxy$/i;
// The registry's account: nothing is pulled on the host.
const withheld = new Set(['DOCKER_AUTH_CONFIG']);

/**
 * For a shell on this machine, where it is the registry's host. Only what is known to be needed: a job's environment holds
 * its secrets under any name, and a detached collection would keep them long after the job. A variable that is
 * missing there is a loud error before anything is stopped; one that is too many would be a silent leak. It also is what
 * SSH does, where a job's environment doesn't travel either. Without RUNNER_TRACKING_ID a runner doesn't end what the job left
 * behind: a detached collection survives its caller.
 */
export function hostEnvironment(env: Environment): Record<string, string> {
  return picked(
    env,
    (name) =>
      (hostNames.has(name) || proxies.test(name) || hostNamesBegin.some((begin) => name.startsWith(begin))) &&
      !withheld.has(name),
  );
}

// Inputs (password and ssh-key among them), the tokens of the job, and this program's own variables.
const secretsBegin = ['INPUT_', 'ACTIONS_', 'REGISTRY_PRUNE_'];
const secretNames = new Set(['GITHUB_TOKEN', 'GH_TOKEN', 'DOCKER_AUTH_CONFIG', 'SSH_ASKPASS', 'SSH_ASKPASS_REQUIRE']);

/**
 * For ssh and its agent on this machine. All but the secrets of this program and of the job: the user's configuration
 * may start programs of its own (`ProxyCommand`, `Match exec`), and they read variables that nobody can list.
 */
export function clientEnvironment(env: Environment): Record<string, string> {
  return picked(env, (name) => !secretNames.has(name) && !secretsBegin.some((begin) => name.startsWith(begin)));
}

function picked(env: Environment, wanted: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && wanted(entry[0])),
  );
}
