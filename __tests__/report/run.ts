/** Reports told in a few lines. */
import type { Collection, Decision, Evidence, Outcome, Problem, Proof, RepositoryPlan } from '../../src/model/index.ts';
import type { RepositoryReport, RunReport } from '../../src/report/index.ts';
import { digestOf, instantOf, originOf, repositoryOf, tagOf } from '../arbitraries/names.ts';

export const web = repositoryOf('apps/web');
export const at = instantOf('2026-11-22T01:30:00Z');

export function decision(tag: string, verdict: Decision['verdict'], ...because: readonly Evidence[]): Decision {
  const [first = { kind: 'no-rule' }, ...others] = because;
  return {
    tag: tagOf(tag),
    verdict,
    because: [first, ...others],
    image: verdict === 'keep' ? 'kept' : 'goes',
    rule: 'inputs',
  };
}

export function plan(...tags: readonly string[]): RepositoryPlan {
  return {
    repository: web,
    observedAt: at,
    tagsSeen: tags.length,
    tags: tags.map((tag, place) => ({
      tag: tagOf(tag),
      digest: digestOf(place + 1),
      because: [{ kind: 'no-rule' }],
      rule: 'inputs',
    })),
    manifests: [],
    stays: [],
    frees: { bytes: 1536, atLeast: false },
  };
}

/** The same with untagged manifests, each pushed on the day of November that its number says. */
export function withUntagged(planned: RepositoryPlan, ...numbers: readonly number[]): RepositoryPlan {
  const manifests = numbers.map((number) => ({
    digest: digestOf(number),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: 500,
    role: 'untagged' as const,
    revisedAt: instantOf(`2026-11-${String(number).padStart(2, '0')}T06:00:00Z`),
  }));
  return { ...planned, manifests: [...planned.manifests, ...manifests] };
}

/** What a registry tells whose storage is not on a file system. */
export function unmeasured(parts: Partial<Collection> = {}): Collection {
  return {
    service: 'docker:registry',
    host: 'root@registry.example.com',
    mode: 'offline',
    result: 'done',
    version: '2.8.3',
    blobs: 120,
    manifests: 34,
    unlinked: [],
    spared: [],
    removedRepositories: [],
    ...parts,
  };
}

export function collection(parts: Partial<Collection> = {}): Collection {
  return unmeasured({ before: 3 * 1024 ** 3, after: 1024 ** 3, awaySeconds: 12.4, ...parts });
}

type Result = Outcome extends infer Each
  ? Each extends Outcome
    ? Omit<Each, 'repository' | 'subject'>
    : never
  : never;

export function outcome(tag: string, result: Result): Outcome {
  return { repository: web, subject: { kind: 'tag', tag: tagOf(tag) }, ...result };
}

export const done: Result = { result: 'done', via: 'delete-tag' };
export const gone: Result = { result: 'already-gone' };

export function manifestDone(number: number): Outcome {
  return {
    repository: web,
    subject: { kind: 'manifest', digest: digestOf(number) },
    result: 'done',
    via: 'delete-manifest',
  };
}

export function proof(tag: string, result: Proof['result'], ...missing: readonly number[]): Proof {
  return {
    repository: web,
    tag: tagOf(tag),
    digest: digestOf(1),
    depth: 'manifest',
    result,
    missing: missing.map(digestOf),
  };
}

export function problem(what: string): Problem {
  return { at: 'apps/web:v1', what, wayOut: 'Look at it.' };
}

export function repositoryReport(parts: Partial<RepositoryReport> = {}): RepositoryReport {
  return {
    repository: web,
    state: 'read',
    decisions: [],
    plan: undefined,
    outcomes: [],
    proofs: [],
    warnings: [],
    failures: [],
    ...parts,
  };
}

export function runReport(repositories: readonly RepositoryReport[], parts: Partial<RunReport> = {}): RunReport {
  return {
    format: 'registry-prune.report',
    version: 1,
    program: 'registry-prune/0.0.0',
    registry: originOf('https://registry.example.com'),
    dryRun: false,
    startedAt: at,
    finishedAt: at,
    repositories,
    references: [],
    warnings: [],
    failures: [],
    ...parts,
  };
}
