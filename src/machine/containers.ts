/** A registry in containers of Docker or Podman: what it is, and why it may not be collected. */
import type { Problem } from '../model/index.ts';
import { containerFunctions, restartPolicy } from './container-functions.ts';
import { answerOf, blocksOf, type Answer } from './answer.ts';
import { askHostText } from './ask.ts';
import { factsOf, lookScript, type Client, type ContainerFacts, type FindIds } from './container-look.ts';
import { alwaysRefused, offlineRefused, type SeenContainer } from './container-refusals.ts';
import { neighboursOf, placeOf, type Neighbours, type Place } from './container-storage.ts';
import { isRefusal, parseVersion, readSettings, type Refusal } from './distribution.ts';
import type { MachineError } from './errors.ts';
import { serviceError, type FoundService, type Version } from './found-service.ts';
import type { Host } from './host.ts';
import { shown as cleaned } from './text.ts';

export type ContainersAsked = {
  readonly client: Client;
  /** As the input has it. */
  readonly shown: string;
  readonly findIds: FindIds;
  readonly registryConfig?: string | undefined;
};

/** One container of the service, as it was found. */
type Seen = SeenContainer & {
  readonly program: string;
  readonly version: Version;
  readonly configPath: string;
  /** The restart policy that it had before anything of ours changed it. */
  readonly policy: string;
};

/** Finds the service. Throws MachineError of kind `service` where there is none, or something else than distribution. */
export async function findContainers(host: Host, asked: ContainersAsked): Promise<FoundService> {
  const where = `${asked.shown} on ${host.name}`;
  const text = await askHostText(host, lookScript(asked.client, asked.findIds, asked.registryConfig), where);
  const look = answerOf(text);
  const failure = look.get('fail')?.[0];
  if (failure !== undefined) throw failedLook(failure, look, host, asked);
  const seen = blocksOf(text).map((block) => seenOf(block, host, asked));
  const [first, ...more] = seen;
  if (first === undefined) throw serviceError(`${where} has no container`, `Start it, and look at ${asked.client} ps.`);
  const other = more.find(
    (one) =>
      one.facts.image !== first.facts.image || one.configPath !== first.configPath || one.program !== first.program,
  );
  if (other !== undefined)
    throw serviceError(
      `The containers of ${where} are of different images or configurations: ${first.facts.name}, ${other.facts.name}`,
      'Recreate them, so that all are the same.',
    );
  const { client } = asked;
  const { facts, configPath, program } = first;
  const { root } = first.settings.storage;
  const place = await placeOf(host, { client, where, facts, root, configPath, program });
  const neighbours = await neighboursOf(host, { client, place, own: seen.map((one) => one.facts), where });
  return assemble({ where, asked, seen, first, place, neighbours });
}

function assemble(found: {
  readonly where: string;
  readonly asked: ContainersAsked;
  readonly seen: readonly Seen[];
  readonly first: Seen;
  readonly place: Place;
  readonly neighbours: Neighbours;
}): FoundService {
  const { where, asked, seen, first, place, neighbours } = found;
  const problem = (refusal: Refusal): Problem => ({ at: where, ...refusal });
  const refusal = [...seen.flatMap(alwaysRefused), ...place.refusals, ...neighbours.refusals][0];
  const offline = [
    ...seen.flatMap((one) => offlineRefused(one, asked.client)),
    ...place.offline,
    ...neighbours.offline,
  ][0];
  const { settings, version, configPath, program, facts } = first;
  const containers = [...seen.map((one) => one.facts), ...neighbours.replicas];
  return {
    shown: asked.shown,
    version,
    configPath,
    storage: settings.storage,
    readOnly: settings.readOnly,
    cache: settings.cache,
    instances: containers.map(({ id, name }) => ({ id, name })),
    ...(offline !== undefined && { offlineRefusal: problem(offline) }),
    ...(refusal !== undefined && { refusal: problem(refusal) }),
    notes: [...notesOf(asked.client, seen), ...neighbours.notes],
    functions: containerFunctions({
      client: asked.client,
      containers: [
        ...seen.map((one) => ({ id: one.facts.id, policy: one.policy })),
        // They are only ever restarted: a second container on the storage forbids the stop.
        ...neighbours.replicas.map(({ id }) => ({ id })),
      ],
      facts,
      program,
      configPath,
      root: settings.storage.root,
      onlineOnly: offline !== undefined || refusal !== undefined,
    }),
  };
}

const called: Readonly<Record<Client, string>> = { docker: 'Docker', podman: 'Podman' };

function failedLook(failure: string, look: Answer, host: Host, { client, shown }: ContainersAsked): MachineError {
  const words = cleaned((look.get('words') ?? []).join('\n'));
  if (failure === 'no-client')
    return serviceError(
      `There is no ${client} on ${host.name}`,
      `Install it there, set ssh-host to the registry's host, or say in registry-service what runs the registry: docker:, podman:, compose:, systemd:, kubectl: or command:.`,
    );
  if (failure === 'no-engine')
    return /permission denied/i.test(words)
      ? serviceError(
          `The user on ${host.name} may not use ${client}: ${words}`,
          `Log in as a user who may: root, or one of the group docker (usermod -aG docker USER).`,
        )
      : serviceError(
          `${called[client]} doesn't answer on ${host.name}: ${words}`,
          `Start it there: systemctl start docker.`,
        );
  if (failure === 'no-compose')
    return serviceError(
      `There is neither docker compose nor docker-compose on ${host.name}`,
      `Install one of them there, or name the container itself in registry-service: docker:NAME.`,
    );
  if (failure === 'no-file')
    return serviceError(
      `The compose file of ${shown} isn't there, or can't be read, on ${host.name}`,
      'Correct its path in registry-service: compose:FILE#SERVICE.',
    );
  if (failure === 'compose' || failure === 'not-up') {
    const services = (look.get('there') ?? []).map(cleaned).join(', ');
    return serviceError(
      `${shown} has no container on ${host.name}${words === '' ? '' : `: ${words}`}${services === '' ? '' : `; services that run: ${services}`}`,
      'Start it with compose, or correct registry-service. One that runs as another project is named by its container: docker:NAME.',
    );
  }
  if (failure === 'no-container' && /no such (?:container|object)|no container with name/i.test(words)) {
    const there = (look.get('there') ?? []).map(cleaned).join(', ');
    return serviceError(
      `There is no container ${shown.replace(/^[^:]*:/, '')} on ${host.name}; ${there === '' ? 'none is running there' : `running there: ${there}`}`,
      `Name the registry's container in registry-service: ${client}:NAME.`,
    );
  }
  return serviceError(
    `${shown} can't be looked at on ${host.name}: ${words}`,
    `Try ${client} container inspect there.`,
  );
}

function seenOf(block: Answer, host: Host, { client, shown, registryConfig }: ContainersAsked): Seen {
  const where = `${shown} on ${host.name}`;
  const facts = factsOf(block);
  if (facts === undefined)
    throw serviceError(
      `What ${client} says of ${where} isn't understood`,
      `Use an engine that answers ${client} container inspect as Docker 20.10 or Podman 4 does.`,
    );
  throwIfDown(facts, where, client);
  if (block.has('no-shell'))
    throw serviceError(
      `The container of ${where} has no shell: ${cleaned((block.get('words') ?? []).join('\n'))}`,
      'Run an image with sh in it, such as registry:2 or registry:3, or write a program of your own for command:.',
    );
  const program = new Set(block.get('program') ?? []);
  const [path = ''] = program;
  if (!isPath(path) || program.size > 1)
    throw serviceError(
      program.size > 1
        ? `${where} runs several programs that serve: ${[...program].map(cleaned).join(', ')}`
        : `${where} runs no registry: no process in it was started as "registry serve"`,
      `Name the registry's container in registry-service: ${client}:NAME.`,
    );
  const version = parseVersion(cleaned(block.get('version')?.[0] ?? ''), where);
  if (isRefusal(version)) throw serviceError(version.what, version.wayOut);
  const configPath = block.get('configpath')?.[0] ?? '';
  if (!isPath(configPath) || !block.has('read'))
    throw serviceError(
      configPath === ''
        ? `Where ${where} has its configuration is said neither by its arguments nor by REGISTRY_CONFIGURATION_PATH`
        : `${where} has no configuration that can be read at ${cleaned(configPath)}`,
      registryConfig === undefined
        ? "Set registry-config to the file's path in the container."
        : "Correct registry-config: it is the file's path in the container.",
    );
  const lines = (word: string): string => (block.get(word) ?? []).join('\n');
  const settings = readSettings({ file: lines('file'), environment: lines('environment') }, configPath);
  if (isRefusal(settings)) throw serviceError(`${settings.what}: ${where}`, settings.wayOut);
  return {
    facts,
    program: path,
    version,
    configPath,
    settings,
    policy: policyOf(facts, block.get('kept') ?? []),
    collecting: block.has('collecting'),
    broken: (block.get('broken') ?? []).map(cleaned),
    differs: (block.get('differs') ?? []).map(cleaned),
  };
}

/** `kept`: what runs that died have left written of it, the newest first. */
function policyOf(facts: ContainerFacts, kept: readonly string[]): string {
  const known = /^(?:no|always|unless-stopped|on-failure(?::\d+)?)$/;
  const before = kept
    .flatMap((line) => line.split(' '))
    .flatMap((pair) => (pair.startsWith(`${facts.id}=`) ? [pair.slice(facts.id.length + 1)] : []))
    .find((policy) => known.test(policy));
  return facts.policy === 'always' && before !== undefined ? before : restartPolicy(facts);
}

function throwIfDown({ name, running, paused, restarting }: ContainerFacts, where: string, client: Client): void {
  if (running && !paused && !restarting) return;
  const [how, wayOut] = paused
    ? ['is paused', `Let it go on: ${client} unpause ${name}.`]
    : restarting
      ? ['starts again and again', `See why: ${client} logs ${name}.`]
      : ["isn't running", `Start it: ${client} start ${name}.`];
  throw serviceError(`The container ${name} (${where}) ${how}`, wayOut);
}

function isPath(text: string): boolean {
  return /^\/[^\p{Cc}]+$/u.test(text);
}

function notesOf(client: Client, seen: readonly Seen[]): readonly string[] {
  if (client === 'docker') return [];
  return seen
    .filter(({ facts }) => facts.policy !== 'always')
    .map(
      ({ facts: { name } }) =>
        `Podman starts ${name} by itself after a reboot only with --restart=always and podman-restart.service; a reboot during the collection would leave it stopped.`,
    );
}
