/** Uploads of blobs: where one is to be sent to, and one that is begun only to be seen. */
import type { RepositoryName } from '../model/index.ts';
import { explainAnswer, explainNonsense, isReadOnly } from './answer-errors.ts';
import { RegistryError } from './errors.ts';
import type { OpenedUpload, Refused } from './registry.ts';
import { repositoryScope } from './scope.ts';
import { sizes, timeouts, type Reply, type Session } from './session.ts';
import { showUrl } from './text.ts';

/** POST, as every push of a blob begins (distribution spec 1.1.1, "POST then PUT"). */
export async function openUpload(session: Session, repository: RepositoryName): Promise<OpenedUpload | Refused> {
  const common = { maxBytes: sizes.other, timeoutMs: timeouts.writeMs };
  const reply = await session.ask({
    ...common,
    method: 'POST',
    at: `/v2/${repository}/blobs/uploads/`,
    scopes: [repositoryScope(repository, ['pull', 'push'])],
  });
  const { answer, denial } = reply;
  if (answer.status !== 202) {
    const error = denial ?? explainAnswer(reply);
    return { kind: 'refused', status: answer.status, codes: error.codes, readOnly: isReadOnly(answer), error };
  }
  const url = uploadLocation(session, reply);
  return {
    kind: 'opened',
    // Not every registry has the header; in distribution's addresses it is the last part.
    id: answer.header('docker-upload-uuid')?.trim() ?? url.pathname.split('/').at(-1) ?? '',
    async cancel() {
      try {
        // distribution asks for the right to delete here, other registries for that to push.
        const scopes = [repositoryScope(repository, ['delete', 'pull', 'push'])];
        const { answer: cancelled } = await session.ask({ ...common, method: 'DELETE', at: url, scopes });
        return cancelled.status >= 200 && cancelled.status <= 299;
      } catch (error) {
        if (error instanceof RegistryError) return false;
        throw error;
      }
    },
  };
}

/**
 * Where the registry wants the blob, with its own query kept. Over plain http it may name itself only where it is asked
 * so: behind a proxy that ends TLS, it doesn't know better than `http://`, and is meant as it was asked. Throws
 * RegistryError where it says no such place.
 */
export function uploadLocation(session: Session, opened: Reply): URL {
  const location = opened.answer.header('location') ?? '';
  if (location === '' || !URL.canParse(location, opened.url.href))
    throw explainNonsense(opened, 'The registry opens an upload and says no place for it');
  const url = new URL(location, opened.url.href);
  const prefix = new URL(session.origin).pathname.replace(/\/$/, '');
  if (url.protocol === 'http:' && opened.url.protocol === 'https:') {
    if (url.hostname !== opened.url.hostname)
      throw explainNonsense(opened, `The registry wants an upload over plain HTTP at ${showUrl(url)}`);
    url.protocol = 'https:';
    url.port = opened.url.port;
  }
  if (session.owns(url) && url.pathname.startsWith('/v2/')) url.pathname = prefix + url.pathname;
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}
