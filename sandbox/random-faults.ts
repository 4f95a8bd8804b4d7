/** Faults by chance, which can be had again: the same seed and the same requests, the same faults. */
import type { Fault, Moment } from './faults.ts';
import type { Random } from './random.ts';
import type { Answer, RequestMatch } from './registry/options.ts';
import type { Relay } from './relay.ts';

const page: Answer = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Please log in</html>' };
const html = (status: number, title: string): Answer => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: `<html>${title}</html>`,
});
const said = (status: number, code: string, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: `${JSON.stringify({ errors: [{ code, message: 'not today' }] })}\n`,
});

const answers: readonly [Answer, ...Answer[]] = [
  said(401, 'UNAUTHORIZED'),
  said(401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="somebody"' }),
  said(403, 'DENIED'),
  html(404, 'Not Found'),
  { status: 404 },
  said(405, 'UNSUPPORTED'),
  { status: 405, headers: { allow: 'GET, HEAD', 'content-type': 'text/plain' }, body: 'Method not allowed\n' },
  { status: 429 },
  said(429, 'TOOMANYREQUESTS', { 'retry-after': '1' }),
  said(429, 'TOOMANYREQUESTS', { 'retry-after': '86400' }),
  said(500, 'UNKNOWN'),
  html(502, 'Bad Gateway'),
  { status: 503 },
  said(503, 'UNAVAILABLE', { 'retry-after': '2' }),
  { status: 504 },
  page,
  page,
];

function moment(random: Random): Moment {
  return random.pick(['before', 'after']);
}

/** One of any kind. */
export function randomFault(random: Random, foreign: string): Fault {
  return random.pick<() => Fault>([
    () => ({ kind: 'reset', moment: moment(random) }),
    () => ({ kind: 'reset', moment: 'after' }),
    () => ({ kind: 'stall', moment: random.pick(['before', 'after', 'midway']) }),
    () => ({ kind: 'truncate' }),
    () => ({ kind: 'delay', ms: random.between(1, 10) }),
    () => ({ kind: 'duplicate' }),
    () => ({ kind: 'duplicate' }),
    () => ({ kind: 'answer', moment: moment(random), answer: random.pick(answers) }),
    () => ({ kind: 'answer', moment: moment(random), answer: random.pick(answers) }),
    () => ({ kind: 'answer', moment: moment(random), answer: random.pick(answers) }),
    () => ({ kind: 'answer', moment: moment(random), answer: random.pick(answers) }),
    () => ({ kind: 'expire' }),
    () => ({ kind: 'redirect', status: random.pick([301, 302, 303, 307, 308]), to: foreign }),
    () => ({ kind: 'length', by: random.pick([-40, -1, 1, 40]) }),
    () => ({ kind: 'echo', status: random.pick([400, 403, 500]) }),
    () => elsewhere(random, foreign),
  ])();
}

/** What an answer may say of another place: where the next page is, where an upload goes on. */
function elsewhere(random: Random, foreign: string): Fault {
  return random.pick<Fault>([
    { kind: 'header', name: 'link', value: `<${foreign}/v2/apps/web/tags/list?last=a>; rel="next"` },
    { kind: 'header', name: 'location', value: `${foreign}/v2/apps/web/blobs/uploads/1?state=2` },
  ]);
}

/** Rather what writes than what reads. */
function randomMatch(random: Random): RequestMatch {
  const manifests = /\/manifests\//;
  return random.pick<RequestMatch>([
    { path: /./ },
    { path: /./ },
    { path: manifests },
    { method: 'DELETE', path: manifests },
    { method: 'DELETE', path: manifests },
    { method: 'DELETE', path: manifests },
    { method: 'PUT', path: manifests },
    { method: 'PUT', path: manifests },
    { method: 'HEAD', path: manifests },
    { method: 'GET', path: manifests },
    { path: /tags\/list/ },
    { path: /_catalog/ },
    { path: /referrers/ },
    { path: /\/blobs\// },
    { path: /\/token/ },
  ]);
}

/** How many requests a fault may let wait until the client has enough, since that takes real time. */
export type Stalls = { left: number };

/**
 * Lets up to three things go wrong on the way through the relay: each once, or from some request on and for good, or
 * now and then with a fault of any kind. The answer takes them all away.
 */
export function breakLine(
  relay: Relay,
  { random, foreign, stalls }: { readonly random: Random; readonly foreign: string; readonly stalls: Stalls },
): () => void {
  const repairs: (() => void)[] = [];
  let live = true;
  const bounded = (fault: Fault): Fault | undefined => {
    if (fault.kind !== 'stall') return fault;
    stalls.left -= 1;
    return stalls.left < 0 ? undefined : fault;
  };
  for (let count = random.between(1, 3); count > 0; count -= 1) {
    const match = randomMatch(random);
    const fault = randomFault(random, foreign);
    const nth = random.between(1, match.method === 'DELETE' || match.method === 'PUT' ? 6 : 30);
    const often = random.between(2, 30) / 100;
    random.pick<() => void>([
      () => repairs.push(relay.fault({ ...match, nth }, () => bounded(fault))),
      () => repairs.push(relay.fault({ ...match, nth }, () => bounded(fault))),
      () => repairs.push(relay.fault({ ...match, nth }, () => bounded(fault))),
      () =>
        repairs.push(
          relay.fault(match, () => (random.chance(often) ? bounded(randomFault(random, foreign)) : undefined)),
        ),
      () => {
        relay.before({ ...match, nth }, () => {
          if (live) repairs.push(relay.fault(match, () => bounded(fault)));
        });
      },
    ])();
  }
  return () => {
    live = false;
    for (const repair of repairs) repair();
  };
}
