/** DELETE, which is asked for once and answered for good. */
import type { Digest, RepositoryName, Tag } from '../model/index.ts';
import { explainAnswer, explainNonsense, isHtml, isReadOnly, parseErrors } from './answer-errors.ts';
import type { DeleteAnswer } from './registry.ts';
import { repositoryScope } from './scope.ts';
import { sizes, timeouts, type Session } from './session.ts';

export async function deleteManifest(
  session: Session,
  repository: RepositoryName,
  reference: Tag | Digest,
): Promise<DeleteAnswer> {
  const reply = await session.ask({
    method: 'DELETE',
    at: `/v2/${repository}/manifests/${reference}`,
    scopes: [repositoryScope(repository, ['delete', 'pull'])],
    maxBytes: sizes.other,
    timeoutMs: timeouts.deleteMs,
  });
  const { answer, uncertain, denial } = reply;
  // The spec's answer is 202; registries answer 200 and 204 too.
  const isSuccess = answer.status >= 200 && answer.status <= 299;
  if (isSuccess && !isHtml(answer)) return { kind: 'deleted', certain: true };
  const { codes } = parseErrors(answer);
  if (answer.status === 404 && isGone(codes)) {
    // The try before it got an error for an answer, or none, and was carried out all the same.
    return uncertain ? { kind: 'deleted', certain: false } : { kind: 'absent' };
  }
  const error =
    denial ?? (isSuccess ? explainNonsense(reply, 'A web page answers the deletion') : explainAnswer(reply));
  // 502 to 504 too: whether it was carried out is for the caller to look at.
  return { kind: 'refused', status: answer.status, codes: error.codes, readOnly: isReadOnly(answer), error };
}

function isGone(codes: readonly string[]): boolean {
  return ['MANIFEST_UNKNOWN', 'NAME_UNKNOWN', 'NOT_FOUND', 'TAG_UNKNOWN'].some((code) => codes.includes(code));
}
