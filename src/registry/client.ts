import { explainAnswer, explainNonsense, isHtml } from './answer-errors.ts';
import { getConfig, headBlob, putBlob, readBlob } from './blobs.ts';
import { deleteManifest } from './deletion.ts';
import { listRepositories, listTags } from './listing.ts';
import { getManifest, headManifest, putManifest } from './manifests.ts';
import { getReferrers } from './referrers.ts';
import type { Registry, RegistryOptions } from './registry.ts';
import { openUpload } from './uploads.ts';
import { openSession, sizes, timeouts, type Session } from './session.ts';

/**
 * A registry to be asked. No connection is opened yet: the first request does. Throws RegistryError for a
 * `caCertificate` that holds no certificate.
 */
export function connect(options: RegistryOptions): Registry {
  const session = openSession(options);
  const { concurrency, interrupted = new AbortController().signal } = options;
  const finishing: Registry = {
    ...callsOf({
      ...session,
      ask: (call) => session.ask({ ...call, finishes: true }),
      demand: (call) => session.demand({ ...call, finishes: true }),
      fetch: (call) => session.fetch({ ...call, finishes: true }),
    }),
    concurrency,
    interrupted,
    get finishing() {
      return finishing;
    },
  };
  return { ...callsOf(session), concurrency, interrupted, finishing };
}

function callsOf(session: Session): Omit<Registry, 'concurrency' | 'interrupted' | 'finishing'> {
  return {
    origin: session.origin,
    ping: () => ping(session),
    answers: (timeoutMs) => answers(session, timeoutMs),
    listRepositories: () => listRepositories(session),
    listTags: (repository) => listTags(session, repository),
    headManifest: (repository, reference) => headManifest(session, repository, reference),
    getManifest: (repository, reference) => getManifest(session, repository, reference),
    getConfig: (repository, descriptor) => getConfig(session, repository, descriptor),
    headBlob: (repository, digest) => headBlob(session, repository, digest),
    readBlob: (repository, digest) => readBlob(session, repository, digest),
    getReferrers: (repository, digest) => getReferrers(session, repository, digest),
    deleteManifest: (repository, reference) => deleteManifest(session, repository, reference),
    putManifest: (repository, reference, mediaType, bytes) =>
      putManifest(session, repository, reference, { mediaType, bytes }),
    putBlob: (repository, bytes) => putBlob(session, repository, bytes),
    openUpload: (repository) => openUpload(session, repository),
    close: () => session.close(),
  };
}

// Distribution spec 1.1.1, "Determining Support": 200 is a registry. Its body may be anything but a web page.
async function ping(session: Session): Promise<void> {
  const reply = await session.demand({
    method: 'GET',
    at: '/v2/',
    scopes: [],
    headers: { accept: 'application/json' },
    maxBytes: sizes.other,
    timeoutMs: timeouts.readMs,
  });
  const { answer } = reply;
  if (answer.status === 200 && !isHtml(answer)) return;
  if (answer.status === 404 || isHtml(answer))
    throw explainNonsense(reply, 'There is no container registry at this address');
  throw explainAnswer(reply);
}

async function answers(session: Session, timeoutMs: number): Promise<boolean> {
  const answer = await session.knock('/v2/', timeoutMs);
  return answer !== undefined && (answer.status === 200 || answer.status === 401) && !isHtml(answer);
}
