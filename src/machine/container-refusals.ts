/** Why a registry in a container may not be collected: the sentences (pure). */
import type { Client, ContainerFacts } from './container-look.ts';
import type { Refusal, Settings } from './distribution.ts';
import { shown as cleaned } from './text.ts';

/** What was seen of one container. */
export type SeenContainer = {
  readonly facts: ContainerFacts;
  readonly settings: Settings;
  /** A collector runs in it. */
  readonly collecting: boolean;
  /** Names of variables: whose value has a line break; whose value is another one in the process. */
  readonly broken: readonly string[];
  readonly differs: readonly string[];
};

/** What forbids a collection whatever the mode. */
export function alwaysRefused({ facts, settings, collecting, differs }: SeenContainer): readonly Refusal[] {
  const { name, swarm, pod, unit } = facts;
  return [
    ...(settings.storage.driver === 'inmemory'
      ? [
          {
            what: `the registry in the container ${name} keeps everything in memory (storage: inmemory): a stop or a restart would empty it`,
            wayOut: 'Use the filesystem driver, or one of an object store.',
          },
        ]
      : []),
    ...(settings.proxy
      ? [
          {
            what: 'it is a pull-through cache of another registry, which removes what it no longer needs by itself',
            wayOut: 'Collect a registry that images are pushed to.',
          },
        ]
      : []),
    ...(swarm === ''
      ? []
      : [
          {
            what: `the container ${name} is a task of a Swarm service, which Swarm replaces as soon as it is stopped`,
            wayOut:
              'Write a program of your own that scales the service to 0 and back, and name it in registry-service: command:PROGRAM.',
          },
        ]),
    ...(pod === ''
      ? []
      : [
          {
            what: `the container ${name} is one of the pod ${cleaned(pod)} of Kubernetes, which replaces it as soon as it is stopped`,
            wayOut: 'Name the workload in registry-service: kubectl:NAMESPACE/WORKLOAD.',
          },
        ]),
    ...(unit === ''
      ? []
      : [
          {
            what: `the container ${name} belongs to the unit ${cleaned(unit)} of systemd, which makes and removes it`,
            wayOut:
              'Write a program of your own that stops and starts the unit, and name it in registry-service: command:PROGRAM.',
          },
        ]),
    ...(collecting
      ? [{ what: `a garbage collection runs in the container ${name} already`, wayOut: 'Run again when it has ended.' }]
      : []),
    ...(differs.length === 0
      ? []
      : [
          {
            what: `the registry's process has another ${differs.join(', ')} than the container ${name}: its start sets it, and a collector wouldn't have it`,
            wayOut: "Set it in the container's environment, or in the registry's configuration.",
          },
        ]),
  ];
}

/** What forbids a stop. */
export function offlineRefused({ facts, broken }: SeenContainer, client: Client): readonly Refusal[] {
  const { name, autoremove, userns } = facts;
  return [
    ...(autoremove
      ? [
          {
            what: `the container ${name} was started with --rm: stopped, it would be gone`,
            wayOut: 'Start it without --rm and with --restart=always, or use garbage-collect: online.',
          },
        ]
      : []),
    ...(broken.length === 0
      ? []
      : [
          {
            what: `the variable ${broken.join(', ')} of the container ${name} has a line break in its value, which can't be handed to a collector`,
            wayOut: 'Write its value in one line, or use garbage-collect: online.',
          },
        ]),
    ...(client === 'podman' && userns !== '' && userns !== 'host'
      ? [
          {
            what: `the container ${name} has a user namespace of its own (${cleaned(userns)}), in which a collector can't be run while it is stopped`,
            wayOut: 'Use garbage-collect: online.',
          },
        ]
      : []),
  ];
}

export const changedRefusal = (path: string, name: string): Refusal => ({
  what: `${cleaned(path)} was changed in the container ${name} itself, where a collector in a container of its own wouldn't see it`,
  wayOut: 'Mount the file from the host, or use garbage-collect: online.',
});
export const memoryRefusal = (name: string, root: string): Refusal => ({
  what: `the storage of the container ${name} (${cleaned(root)}) is in memory, a tmpfs: a stop or a restart would empty it`,
  wayOut: 'Put the storage into a volume or a directory of the host.',
});
export const layerRefusal = (name: string, root: string): Refusal => ({
  what: `the storage of the container ${name} (${cleaned(root)}) is in the container itself, on no volume: a collector beside it wouldn't see it`,
  wayOut: 'Put the storage into a volume or a directory of the host, or use garbage-collect: online.',
});
export const readOnlyRefusal = (name: string, root: string): Refusal => ({
  what: `the storage of the container ${name} (${cleaned(root)}) is mounted read-only: nothing can be collected there`,
  wayOut: 'Name the registry that images are pushed to in registry-service.',
});
