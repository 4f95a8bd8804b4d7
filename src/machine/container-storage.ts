/** Where the storage of a registry in a container lies on its host, and who else has it there. */
import {
  othersOf,
  placeScript,
  processesScript,
  type Client,
  type ContainerFacts,
  type ContainerMount,
  type OtherContainer,
} from './container-look.ts';
import { changedRefusal, layerRefusal, memoryRefusal, readOnlyRefusal } from './container-refusals.ts';
import type { Refusal } from './distribution.ts';
import { askHost } from './ask.ts';
import { serviceError } from './found-service.ts';
import type { Host } from './host.ts';
import { shown as cleaned } from './text.ts';

/** What is known of it. `refusals` hold in every mode, `offline` only there. */
export type Place = {
  /** The storage's directory on the host; only where it is on a mount. */
  readonly source?: string;
  readonly volume?: string;
  readonly refusals: readonly Refusal[];
  readonly offline: readonly Refusal[];
  readonly others: readonly OtherContainer[];
};

export type PlaceAsked = {
  readonly client: Client;
  /** As in errors. */
  readonly where: string;
  readonly facts: ContainerFacts;
  /** As the container sees it; undefined where the storage is on no file system. */
  readonly root: string | undefined;
  readonly configPath: string;
  readonly program: string;
};

const inMemory = new Set(['tmpfs', 'ramfs']);

/** Looks for it. Throws MachineError where the host doesn't say. */
export async function placeOf(host: Host, asked: PlaceAsked): Promise<Place> {
  const { client, where, facts, root, configPath, program } = asked;
  const answer = await askHost(host, placeScript(client, { id: facts.id, root, configPath, program }), where);
  const others = othersOf(answer);
  if (others === undefined)
    throw serviceError(
      `What ${client} says of the other containers on ${host.name} isn't understood`,
      `Use an engine that answers ${client} container inspect as Docker 20.10 or Podman 4 does.`,
    );
  const mounts = facts.mounts ?? [];
  const changed = (answer.get('changed') ?? []).filter((path) => mountOf(path, mounts) === undefined);
  const base = { others, refusals: [], offline: changed.map((path) => changedRefusal(path, facts.name)) };
  const real = answer.get('real')?.[0];
  if (root === undefined || real === undefined) return base;
  const fileSystem = answer.get('fstype')?.[0] ?? '';
  const mount = mountOf(real, mounts);
  if (mount?.Type === 'tmpfs' || (inMemory.has(fileSystem) && mount?.Type !== 'bind'))
    return { ...base, refusals: [memoryRefusal(facts.name, root)] };
  if (mount?.Source === undefined || mount.Source === '')
    return { ...base, offline: [...base.offline, layerRefusal(facts.name, root)] };
  const source = mount.Source + real.slice(mount.Destination.replace(/\/$/, '').length);
  return {
    ...base,
    refusals: mount.RW ? [] : [readOnlyRefusal(facts.name, root)],
    source,
    ...(mount.Name !== undefined && mount.Name !== '' && { volume: mount.Name }),
  };
}

/** The mount that a path in the container lies on: the deepest. */
function mountOf(path: string, mounts: readonly ContainerMount[]): ContainerMount | undefined {
  return mounts
    .filter(({ Destination }) => holds(Destination, path))
    .sort((left, right) => right.Destination.length - left.Destination.length)[0];
}

/** Whether a path is this directory, or in it. */
function holds(directory: string, path: string): boolean {
  const inside = directory.endsWith('/') ? directory : `${directory}/`;
  return `${path}/`.startsWith(inside);
}

/** Other containers that matter. */
export type Neighbours = {
  readonly refusals: readonly Refusal[];
  readonly offline: readonly Refusal[];
  /** Other registries on the same files. */
  readonly replicas: readonly OtherContainer[];
  readonly notes: readonly string[];
};

/** Looks at what runs in those that have the storage, too. `own` are the containers of the service itself. */
export async function neighboursOf(
  host: Host,
  {
    client,
    place,
    own,
    where,
  }: {
    readonly client: Client;
    readonly place: Place;
    readonly own: readonly ContainerFacts[];
    readonly where: string;
  },
): Promise<Neighbours> {
  const ids = new Set(own.map(({ id }) => id));
  // Another run's collector is no stranger: that run has the lock and is waited for, or it is dead and this one tidies up.
  const others = place.others.filter(({ id, madeFor }) => !ids.has(id) && !ids.has(madeFor));
  const leaning = others.filter(({ networkMode }) => [...ids].some((id) => networkMode === `container:${id}`));
  const sharing = others.flatMap((other) => {
    const mount = other.mounts.find((one) => sees(one, place));
    return mount === undefined ? [] : [{ other, mount }];
  });
  const answer =
    sharing.length === 0
      ? undefined
      : await askHost(
          host,
          processesScript(
            client,
            sharing.map(({ other }) => other.id),
          ),
          where,
        );
  const serves = new Set(answer?.get('serves') ?? []);
  const knownElse = new Set(answer?.get('else') ?? []);
  const replicas = sharing.filter(({ other }) => serves.has(other.id)).map(({ other }) => other);
  const rest = sharing.filter(({ other }) => !serves.has(other.id));
  // A directory above the storage is mounted by what looks after a whole host. What has the storage itself is there for it.
  const above = rest.filter(({ other, mount }) => knownElse.has(other.id) && isAbove(mount, place));
  const writers = rest.filter((one) => !above.includes(one) && (one.mount.RW || !knownElse.has(one.other.id)));
  return {
    refusals: [
      ...leaning.map(({ name }) => ({
        what: `the container ${cleaned(name)} uses the network of the registry's container, and would lose it when that starts anew`,
        wayOut: `Give ${cleaned(name)} a network of its own.`,
      })),
      ...writers.map(({ other: { name } }) => ({
        what: `the container ${cleaned(name)} has the registry's storage, too, and can write there`,
        wayOut: `Stop ${cleaned(name)} for the collection, or let it have the storage read-only.`,
      })),
    ],
    offline: replicas.map(({ name }) => ({
      what: `a second registry runs on the same storage, in the container ${cleaned(name)}, and would go on while the first is stopped`,
      wayOut: `Stop ${cleaned(name)} for the collection, or use garbage-collect: online.`,
    })),
    replicas,
    notes: above
      .filter(({ mount }) => mount.RW)
      .map(
        ({ other: { name } }) =>
          `The container ${cleaned(name)} has a directory above the storage, and can write there.`,
      ),
  };
}

function sees(mount: ContainerMount, { source, volume }: Place): boolean {
  if (volume !== undefined && mount.Type === 'volume' && mount.Name === volume) return true;
  return source !== undefined && mount.Source !== undefined && mount.Source !== '' && overlaps(mount.Source, source);
}

const overlaps = (left: string, right: string): boolean => holds(left, right) || holds(right, left);

function isAbove({ Type, Source = '' }: ContainerMount, { source = '' }: Place): boolean {
  return Type === 'bind' && Source !== source && holds(Source, source);
}
