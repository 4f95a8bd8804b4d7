/** Whose credentials an entry of Docker's configuration holds. Pure. */
import type { Origin } from '../model/index.ts';

/** The key under which `docker login` keeps Docker Hub's credentials, from the days of its first API. */
export const dockerHubKey = 'https://index.docker.io/v1/';

const dockerHubHosts = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']);

/** The name that a credential helper is asked for. */
export function serverOf(origin: Origin): string {
  const { host } = new URL(origin);
  return dockerHubHosts.has(host) ? dockerHubKey : host;
}

/**
 * The entry that is the registry's, if there is one. Keys are hosts, with a port where it isn't the scheme's own; older
 * ones carry a scheme and `/v1/` or `/v2/`. A key with another path (Podman's `quay.io/team`) is a part of a registry
 * and not taken for the whole, unless it is the registry's own prefix.
 */
export function findEntry<T>(
  entries: Readonly<Record<string, T>>,
  origin: Origin,
): { readonly key: string; readonly value: T } | undefined {
  const registry = new URL(origin);
  const prefix = registry.pathname.replace(/\/$/, '');
  const wanted = dockerHubHosts.has(registry.host) ? 'index.docker.io' : registry.host;
  const found = Object.entries(entries).flatMap(([key, value]) => {
    const scheme = /^https?:\/\//i.exec(key)?.[0] ?? '';
    const text = `${registry.protocol}//${key.slice(scheme.length)}`;
    if (!URL.canParse(text)) return [];
    const url = new URL(text);
    const host = dockerHubHosts.has(url.host) ? 'index.docker.io' : url.host;
    const path = url.pathname.replace(/\/$/, '');
    const whole = ['', '/v1', '/v2'].includes(path);
    if (host !== wanted || !(whole || path === prefix)) return [];
    // The registry's own prefix is the closest, then the bare host as docker login writes it today.
    const closeness = path === prefix && prefix !== '' ? 0 : path === '' && scheme === '' ? 1 : 2;
    return [{ key, value, closeness }];
  });
  const [closest] = found.sort((a, b) => a.closeness - b.closeness);
  return closest === undefined ? undefined : { key: closest.key, value: closest.value };
}
