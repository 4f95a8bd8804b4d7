/** What a registry's service is on its host, whatever runs it. */
import type { Problem } from '../model/index.ts';
import { MachineError } from './errors.ts';

/** `text`: what the program says of itself, `2.8.3`. */
export type Version = { readonly text: string; readonly major: 2 | 3 };

/** Where descriptors of blobs are remembered beside the storage. What is in memory ends with a restart, Redis doesn't. */
export type Cache =
  | { readonly kind: 'none' | 'inmemory' }
  | {
      readonly kind: 'redis';
      /** `host:port`, as the registry has it; several of a cluster or of its sentinels. */
      readonly addresses: readonly string[];
      readonly database: number;
      readonly tls: boolean;
      /** Whether the registry has a password for it, and a user's name. What they are stays on the host. */
      readonly password: boolean;
      readonly username: boolean;
      /** The addresses are those of sentinels, which know where the master is. */
      readonly sentinel: boolean;
    };

/** `root`: the directory that holds `docker/registry/v2`, as `svc_inside` sees it. Only where the files are on a file system. */
export type StoragePlace = { readonly driver: string; readonly root?: string };

export type Instance = { readonly id: string; readonly name: string };

export type FoundService = {
  /** As the input has it: `docker:registry`. */
  readonly shown: string;
  /** Of distribution; anything else is refused. */
  readonly version: Version;
  /** Where the registry reads its configuration: absolute, as `svc_inside` sees it. */
  readonly configPath: string;
  readonly storage: StoragePlace;
  /** What configuration and environment say together; whether it is so, only the registry's answers tell. */
  readonly readOnly: boolean;
  readonly cache: Cache;
  /** All that serve this storage. `svc_stop`, `svc_start` and `svc_restart` mean all of them. */
  readonly instances: readonly Instance[];
  /** Why it must not be stopped. Without one it survives a stop, and so do its files. */
  readonly offlineRefusal?: Problem;
  /** Why nothing may be collected there at all. */
  readonly refusal?: Problem;
  /** What a person should know, a sentence each. */
  readonly notes: readonly string[];
  /**
   * POSIX shell text that defines the functions below, to be put in front of any script. It sets no options, starts
   * nothing by itself and holds no secret. The functions read `$rp_run`, an id of this run of letters, digits, `-` and
   * `_`. Their exit status says whether it worked, their standard error why not.
   *
   * - `svc_inside`: runs `sh -s` where the storage's files are seen, beside the running registry; the script is its input.
   * - `svc_offline_inside`: the same while the registry is stopped. After `svc_prepare`.
   * - `svc_is_running`: status 0 if every instance runs. `svc_is_up`: status 0 if any does.
   * - `svc_prepare`: makes, before the stop, what is needed while it lasts (nothing where there is an `offlineRefusal`), and proves that it sees the same files and the
   *   same configuration. Says nothing where it works.
   * - `svc_collect_check`: the collector's dry run beside the running registry, in an environment made as the one of
   *   `svc_collect_offline` is. Its output is the collector's. Needs no `svc_prepare`.
   * - `svc_stop`: stops every instance, in a way that a restart of the engine or the host brings it back.
   * - `svc_start`: starts every instance, and takes back what `svc_stop` changed. May be called again and again.
   * - `svc_restart`: every instance.
   * - `svc_collect_offline`: the collector, while the registry is stopped. After `svc_prepare`. Output and status are its.
   * - `svc_collect_told`, where a kind has it: the same, started before the stop, so that the collector's start takes no time
   *   after it. Prints the line `@waiting`, reads a line, and collects where that is `go`; at the end of its input it doesn't.
   * - `svc_collect_online_check`, `svc_collect_online`: the dry run and the collector in the running registry.
   * - `svc_collect_kill`: ends a collector that is under way, whatever started it. Status 0 says that none is left.
   * - `svc_cleanup`: removes what `svc_prepare` of this run, or of any earlier one, made.
   */
  readonly functions: string;
};

/** The host answers, and the registry's service there is not as needed. `what` without its full stop. */
export function serviceError(what: string, wayOut: string): MachineError {
  return new MachineError({ kind: 'service', what, wayOut });
}
