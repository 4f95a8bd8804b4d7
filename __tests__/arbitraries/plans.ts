/** Plans with everything that a plan can say. */
import fc from 'fast-check';
import type { Claim, Created, Digest, Evidence, Instant, Plan, RepositoryPlan } from '../../src/model/index.ts';
import { digestOf, instantOf, originOf, repositoryOf, tagOf } from './names.ts';

const digest: fc.Arbitrary<Digest> = fc.nat().map(digestOf);
const tag = fc.nat(99).map((number) => tagOf(`v${number}`));
const text = fc.string();
const instant: fc.Arbitrary<Instant> = fc
  .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => instantOf(date.toISOString()));

const pullRequest: fc.Arbitrary<Claim> = fc.record(
  {
    kind: fc.constant('pull-request' as const),
    repo: text,
    number: fc.nat(),
    state: fc.constantFrom('open' as const, 'closed' as const, 'not-found' as const),
    closedAt: instant,
    by: fc.constantFrom('event' as const, 'api' as const),
  },
  { requiredKeys: ['kind', 'repo', 'number', 'state', 'by'] },
);
const branch: fc.Arbitrary<Claim> = fc.record(
  { kind: fc.constant('branch' as const), repo: text, text, liveAs: text },
  { requiredKeys: ['kind', 'repo', 'text'] },
);
export const claims: fc.Arbitrary<Claim> = fc.oneof(pullRequest, branch);

const created: fc.Arbitrary<Created> = fc.oneof(
  fc.record({
    kind: fc.constant('known' as const),
    at: instant,
    source: fc.constantFrom(
      'annotation' as const,
      'config' as const,
      'history' as const,
      'label' as const,
      'children' as const,
      'push' as const,
    ),
  }),
  fc.record({
    kind: fc.constant('unknown' as const),
    why: fc.constantFrom(
      'not-asked' as const,
      'absent' as const,
      'before-2000' as const,
      'in-the-future' as const,
      'not-an-image' as const,
      'unreadable' as const,
      'push-unknown' as const,
    ),
  }),
);

const kind = <Kind extends string>(name: Kind): { readonly kind: fc.Arbitrary<Kind> } => ({ kind: fc.constant(name) });

export const evidences: fc.Arbitrary<Evidence> = fc.oneof(
  claims,
  fc.record(kind('no-rule')),
  fc.record({ ...kind('keep-tags'), pattern: text }),
  fc.record({ ...kind('referenced'), file: text, line: fc.nat(), as: text }),
  fc.record({
    ...kind('rank'),
    position: fc.nat(),
    of: fc.nat(),
    keepLast: fc.nat(),
    by: fc.constantFrom('version' as const, 'number' as const, 'date' as const, 'created' as const),
    value: text,
    group: fc.array(text, { maxLength: 2 }),
    prerelease: fc.boolean(),
  }),
  fc.record({
    ...kind('age'),
    seconds: fc.integer(),
    limitSeconds: fc.nat(),
    from: fc.oneof(fc.constant('tag' as const), created),
  }),
  fc.record({ ...kind('undated'), created }),
  fc.record({ ...kind('ambiguous'), readings: fc.array(text, { maxLength: 2 }) }),
  fc.record({ ...kind('attachment'), of: digest }),
  fc.record({ ...kind('untagged'), revisedAt: instant }),
  fc.record({ ...kind('unreadable'), why: text }),
  fc.record(kind('ghost')),
  fc.record({ ...kind('another-source'), source: text, repo: text }),
  fc.record(kind('placeholder')),
  fc.record({ ...kind('other-event'), event: text }),
);

const repositoryPlan: fc.Arbitrary<RepositoryPlan> = fc.record({
  repository: fc.constantFrom(repositoryOf('apps/web'), repositoryOf('api')),
  observedAt: instant,
  tagsSeen: fc.nat(),
  tags: fc.array(
    fc.record({
      tag,
      digest: fc.option(digest, { nil: undefined }),
      because: fc.tuple(evidences, evidences).map(([first, second]): [Evidence, ...Evidence[]] => [first, second]),
      rule: fc.option(text, { nil: undefined }),
    }),
    { maxLength: 3 },
  ),
  manifests: fc.array(
    fc.record(
      {
        digest,
        mediaType: text,
        size: fc.nat(),
        role: fc.constantFrom('tagged' as const, 'child' as const, 'attachment' as const, 'untagged' as const),
        of: digest,
        revisedAt: instant,
      },
      { requiredKeys: ['digest', 'mediaType', 'size', 'role'] },
    ),
    { maxLength: 3 },
  ),
  stays: fc.array(fc.record({ tag, digest }), { maxLength: 3 }),
  frees: fc.record({ bytes: fc.nat(), atLeast: fc.boolean() }),
});

export const plans: fc.Arbitrary<Plan> = fc
  .record(
    {
      format: fc.constant('registry-prune.plan' as const),
      version: fc.constant(1 as const),
      program: text,
      registry: fc.constantFrom(originOf('https://registry.example.com'), originOf('http://127.0.0.1:5000/prefix')),
      madeAt: instant,
      configDigest: digest,
      shard: fc.constant('1/4'),
      claims: fc.array(claims, { maxLength: 2 }),
      repositories: fc.array(repositoryPlan, { maxLength: 2 }),
    },
    {
      requiredKeys: ['format', 'version', 'program', 'registry', 'madeAt', 'configDigest', 'claims', 'repositories'],
    },
  )
  // fast-check makes objects without a prototype now and then; the clone has one.
  .map((plan) => structuredClone(plan));
