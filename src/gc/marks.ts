/**
 * Whether a registry whose storage is no file system is the one that answers over HTTP: its collector, in a dry run, names
 * every manifest that the storage holds, so what stands behind the registry's tags must be among them.
 */
import { quote, type FoundService, type Host } from '../machine/index.ts';
import type { Problem, RepositoryName } from '../model/index.ts';
import type { Registry } from '../registry/index.ts';
import { clean } from './text.ts';

export type MarksOptions = {
  readonly host: Host;
  readonly service: FoundService;
  readonly registry: Registry;
  /** Those that the registry is known, or believed, to have. */
  readonly repositories: readonly RepositoryName[];
};

/** What is compared at most: enough to tell two registries apart, at a request for each. */
const repositoriesCompared = 20;
const tagsCompared = 200;

/**
 * `undefined`: it is. Else why that isn't proven. Changes nothing anywhere. Throws RegistryError where the registry can't
 * be asked, and MachineError where the host can't.
 */
export async function doubtMarks(options: MarksOptions): Promise<Problem | undefined> {
  const { host, service } = options;
  const at = `${service.shown} on ${host.name}`;
  const expected = await expectedMarks(options);
  if (expected.length === 0)
    return {
      at,
      what: `nothing proves that it is the registry at ${options.registry.origin}: there is no tag to compare`,
      wayOut: 'Push an image to the registry, or name a repository that has tags.',
    };
  const { status, stdout, stderr } = await host.run(script(service, expected));
  const [read, missing = ''] = stdout.trim().split(' ');
  if (status !== 0 || !/^[1-9]\d*$/.test(read ?? ''))
    return {
      at,
      what: `its collector says nothing of its manifests, so nothing proves that it is the registry at ${options.registry.origin}: ${clean(stderr.trim() || 'no word')}`,
      wayOut: 'Run its garbage-collect with --dry-run by hand on the host to see why.',
    };
  if (missing === '') return undefined;
  return {
    at,
    what: `${clean(missing)} is in the registry at ${options.registry.origin} and not in its storage: it is another registry`,
    wayOut: 'Check registry, registry-service and ssh-host: they must name the same registry.',
  };
}

/** `REPOSITORY DIGEST` of what tags point at. */
async function expectedMarks({ registry, repositories }: MarksOptions): Promise<readonly string[]> {
  const marks: string[] = [];
  for (const repository of repositories.slice(0, repositoriesCompared)) {
    const listing = await registry.listTags(repository);
    const tags = listing.kind === 'listed' ? listing.tags.slice(0, tagsCompared - marks.length) : [];
    const heads = await Promise.all(tags.map((tag) => registry.headManifest(repository, tag)));
    for (const head of heads) if (head.kind === 'found') marks.push(`${repository} ${head.digest}`);
  }
  return [...new Set(marks)];
}

/** Prints how many manifests the collector named, and the first expected one that it didn't name. */
const compare = String.raw`
!listed { if ($0 == "@") listed = 1; else want[$1 "@" $2] = 1; next }
$2 == "marking" && $3 == "manifest" { read++; name = $1; sub(/:$/, "", name); delete want[name "@" $4] }
END { for (name in want) { missing = name; break }; print read + 0, missing }
`;

function script(service: FoundService, expected: readonly string[]): string {
  return [
    'rp_run=marks',
    service.functions,
    `{ printf '%s\\n' ${expected.map(quote).join(' ')} @; svc_collect_online_check </dev/null; } | awk ${quote(compare)}`,
    '',
  ].join('\n');
}
