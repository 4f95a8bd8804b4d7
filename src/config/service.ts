/** `registry-service`: what the registry is on its host. */
import { parsed, quote, refused } from './error.ts';
import type { Parsed } from './error.ts';
import { parseHostPath } from './path.ts';
import { nearest } from './suggestion.ts';

export type Workload = { readonly kind: 'deployment' | 'statefulset'; readonly name: string };

/** Every name is checked by its own grammar: none begins with a dash or holds a space or a control character. */
export type Service =
  /** A container by its name, or by its ID. */
  | { readonly kind: 'docker' | 'podman'; readonly name: string }
  /** `file`: absolute path on the host. */
  | { readonly kind: 'compose'; readonly file: string; readonly service: string }
  | { readonly kind: 'systemd'; readonly unit: string }
  | { readonly kind: 'kubectl'; readonly namespace: string; readonly workload: Workload }
  /**
   * The user's own program on the host, absolute path. Called as `PROGRAM status` (prints `running` or `stopped`),
   * `PROGRAM stop`, `PROGRAM start`, and `PROGRAM registry ARGS…`, which runs the distribution program with these
   * arguments in the registry's own environment.
   */
  | { readonly kind: 'command'; readonly program: string };

// Docker's and Podman's own grammar (daemon/names: RestrictedNameChars), in a length that none of the two has.
const containerName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/;
// compose-spec.json, patternProperties of services, without a dash in front, which a client would take for an option.
const composeService = /^[a-zA-Z0-9_.][a-zA-Z0-9_.-]{0,254}$/;
// systemd.unit(5): letters, digits and `: - _ . \`, `@` in front of an instance; 255 characters at most.
const unitName = /^[a-zA-Z0-9:_.\\@][a-zA-Z0-9:_.\\@-]{0,254}$/;
/** Kinds of units that are no service, and can't be started and stopped as one. */
const otherUnits = /\.(?:socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;
// RFC 1123 labels, and names of several of them (Kubernetes, "Object Names and IDs").
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const subdomain = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

const kinds = ['docker', 'podman', 'compose', 'systemd', 'kubectl', 'command'] as const;
const forms = kinds.map((kind) => `${kind}:`).join(', ');

export function parseService(text: string): Parsed<Service> {
  const [, before = '', rest = ''] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  const kind = kinds.find((each) => each === before);
  if (kind !== undefined) return parsers[kind](rest);
  if (containerName.test(text)) return refused(`${quote(text)} doesn't say what runs it. Write docker:${text}.`);
  const meant = nearest(before, kinds);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}:?`;
  return refused(`${quote(text)} begins with none of ${forms}.${hint}`);
}

/** The text that `parseService` reads as this service. */
export function showService(service: Service): string {
  switch (service.kind) {
    case 'docker':
    case 'podman':
      return `${service.kind}:${service.name}`;
    case 'compose':
      return `compose:${service.file}#${service.service}`;
    case 'systemd':
      return `systemd:${service.unit}`;
    case 'kubectl': {
      const { kind, name } = service.workload;
      return `kubectl:${service.namespace}/${kind === 'deployment' ? '' : `${kind}/`}${name}`;
    }
    case 'command':
      return `command:${service.program}`;
  }
}

const parsers: Readonly<Record<Service['kind'], (rest: string) => Parsed<Service>>> = {
  docker: (name) => parseContainer('docker', name),
  podman: (name) => parseContainer('podman', name),
  compose: parseCompose,
  systemd: parseUnit,
  kubectl: parseWorkload,
  command: parseProgram,
};

function parseContainer(kind: 'docker' | 'podman', name: string): Parsed<Service> {
  return containerName.test(name)
    ? parsed({ kind, name })
    : refused(
        `${quote(name)} is no container's name: letters, digits and "_.-", a letter or a digit first. Write ${kind}:registry.`,
      );
}

function parseCompose(rest: string): Parsed<Service> {
  // A file's name may hold a "#", a service's can't.
  const at = rest.lastIndexOf('#');
  const service = rest.slice(at + 1);
  if (at === -1)
    return refused(`${quote(rest)} names no service. Write compose:FILE#SERVICE, the service as the file calls it.`);
  if (!composeService.test(service))
    return refused(`${quote(service)} is no service's name in a compose file. Write compose:FILE#SERVICE.`);
  const file = parseHostPath(rest.slice(0, at), 'The compose file');
  return file.ok ? parsed({ kind: 'compose', file: file.value, service }) : file;
}

function parseUnit(unit: string): Parsed<Service> {
  if (!unitName.test(unit)) return refused(`${quote(unit)} is no unit's name. Write systemd:docker-registry.`);
  return otherUnits.test(unit)
    ? refused(`${quote(unit)} is no service. Name the service that runs the registry: systemd:docker-registry.`)
    : parsed({ kind: 'systemd', unit });
}

function parseWorkload(rest: string): Parsed<Service> {
  const [, namespace, kind = 'deployment', name] = /^([^/]*)\/(?:(deployment|statefulset)\/)?([^/]*)$/.exec(rest) ?? [];
  if (namespace === undefined || name === undefined)
    return refused(
      `${quote(rest)} is no workload. Write kubectl:NAMESPACE/NAME for a deployment, or kubectl:NAMESPACE/statefulset/NAME.`,
    );
  if (!label.test(namespace)) return refused(`${quote(namespace)} is no namespace's name in Kubernetes.`);
  return subdomain.test(name)
    ? parsed({ kind: 'kubectl', namespace, workload: { kind: kind === 'statefulset' ? kind : 'deployment', name } })
    : refused(`${quote(name)} is no ${kind}'s name in Kubernetes.`);
}

function parseProgram(program: string): Parsed<Service> {
  const path = parseHostPath(program, 'The program');
  return path.ok ? parsed({ kind: 'command', program: path.value }) : path;
}
