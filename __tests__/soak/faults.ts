/** A registry, or what stands before it, that fails at random. */
import type { AnswerOverride, RequestMatch, SandboxRegistry } from '../../sandbox/registry.ts';
import type { Random } from './random.ts';

const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Please log in</html>' };
const denied = { status: 403, body: '{"errors":[{"code":"DENIED","message":"no"}]}' };

function anAnswer(random: Random): AnswerOverride {
  return random.pick<AnswerOverride>([
    { status: 500, body: '{"errors":[{"code":"UNKNOWN","message":"disk"}]}' },
    { status: 503 },
    { status: 429, headers: { 'retry-after': '1' } },
    { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad Gateway</html>' },
    { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>Not Found</html>' },
    { status: 500, drop: 'connection' },
    denied,
    page,
    // Carried out, and the answer lost or replaced by a proxy's.
    (real) => ({ ...real, drop: 'connection' }),
    (real) => ({ ...real, drop: 'body' }),
    () => ({ status: 504 }),
  ]);
}

function aMatch(random: Random): RequestMatch {
  const manifests = /\/manifests\//;
  return random.pick<RequestMatch>([
    { path: /./ },
    { path: manifests },
    { method: 'DELETE', path: manifests },
    { method: 'DELETE', path: manifests },
    { method: 'PUT', path: manifests },
    { method: 'PUT', path: manifests },
    { method: 'HEAD', path: manifests },
    { method: 'GET', path: manifests },
    { path: /tags\/list/ },
    { path: /referrers/ },
  ]);
}

/** Up to three faults: once, or from some request on and for good. The answer takes them all away. */
export function breakRegistry(registry: SandboxRegistry, random: Random): () => void {
  const repairs: (() => void)[] = [];
  let live = true;
  for (let count = random.between(1, 3); count > 0; count -= 1) {
    const match = aMatch(random);
    const answer = anAnswer(random);
    const nth = random.between(1, match.method === 'DELETE' || match.method === 'PUT' ? 5 : 40);
    if (random.chance(0.3)) repairs.push(registry.answer({ ...match, nth }, answer));
    else
      registry.before({ ...match, nth }, () => {
        if (live) repairs.push(registry.answer(match, answer));
      });
  }
  return () => {
    live = false;
    for (const repair of repairs) repair();
  };
}
