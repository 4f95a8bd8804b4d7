/** What was asked of the registry, phase by phase, as text that a person can read and a test can compare. */
import type { RecordedRequest } from '../../sandbox/registry.ts';

const writes = ['DELETE', 'PUT', 'POST', 'PATCH'];
const neverExisted = /sha256:8{64}|registry-prune-probe-8+/;

/**
 * Phases of one run, told by what begins them: `decide` until the first probe; then for each repository `probe` (with
 * the journal's reads), `recheck` from the next listing, `remove` from the first write, `prove` after the last one.
 * Within a phase requests run side by side, so their order means nothing and they are sorted.
 */
export function renderRequests(requests: readonly RecordedRequest[], names: ReadonlyMap<string, string>): string {
  const phases: { title: string; lines: string[] }[] = [{ title: 'decide', lines: [] }];
  const isProbe = ({ method, path }: RecordedRequest): boolean => method === 'DELETE' && neverExisted.test(path);
  requests.forEach((request, place) => {
    const phase = phases.at(-1)?.title ?? '';
    const before = requests[place - 1];
    const begin = (title: string): void => {
      phases.push({ title, lines: [] });
    };
    if (isProbe(request) && (before === undefined || !isProbe(before))) begin(`probe ${repositoryOf(request)}`);
    else if (phase.startsWith('probe') && request.path.includes('/tags/list')) begin('recheck');
    else if (phase === 'recheck' && (isWrite(request) || request.path.includes('/blobs/'))) begin('remove');
    else if (phase === 'remove' && !writesAgain(requests, place, isProbe)) begin('prove');
    phases.at(-1)?.lines.push(renderRequest(request, names));
  });
  return phases
    .map(
      ({ title, lines }) =>
        `${title} (${lines.length})\n${[...lines]
          .sort()
          .map((line) => `  ${line}\n`)
          .join('')}`,
    )
    .join('');
}

export function isWrite({ method }: RecordedRequest): boolean {
  return writes.includes(method);
}

function writesAgain(
  requests: readonly RecordedRequest[],
  from: number,
  isProbe: (request: RecordedRequest) => boolean,
): boolean {
  const rest = requests.slice(from);
  const next = rest.findIndex(isProbe);
  return rest.slice(0, next === -1 ? undefined : next).some(isWrite);
}

function repositoryOf({ path }: RecordedRequest): string {
  return /^\/v2\/(.+)\/manifests\//.exec(path)?.[1] ?? path;
}

function renderRequest({ method, path }: RecordedRequest, names: ReadonlyMap<string, string>): string {
  const readable = path
    .replace(/sha256:8{64}/, '<a digest that never existed>')
    .replace(/registry-prune-probe-8+/, '<a tag that never existed>')
    .replace(/sha256[:-][0-9a-f]{64}/g, (text) => {
      const name = names.get(text.replace('-', ':'));
      return name === undefined ? '<placeholder>' : `<${name}>`;
    })
    .replace(/uploads\/[^?]+/, 'uploads/<upload>')
    .replace(/_state=[^&]+/, '_state=…');
  return `${method} ${readable}`;
}
