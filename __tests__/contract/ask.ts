/** The suite's own way of asking: plain fetch, nothing of src/. */
import { manifestMediaTypes } from '../../src/model/index.ts';

/** A registry under test. */
export type Subject = {
  readonly url: string;
  readonly authorization?: string | undefined;
};

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
};

export type Question = {
  readonly accept?: string;
  readonly type?: string;
  readonly body?: Uint8Array | string;
};

/** `path` without `/v2/`; a path that begins with a slash, as in a Link, stands for itself. */
export async function ask(subject: Subject, method: string, path: string, question: Question = {}): Promise<Reply> {
  const headers = new Headers({ accept: question.accept ?? everyType });
  if (question.type !== undefined) headers.set('content-type', question.type);
  if (subject.authorization !== undefined) headers.set('authorization', subject.authorization);
  const url = path.startsWith('/') ? new URL(path, subject.url).href : `${subject.url}/v2/${path}`;
  const body = typeof question.body === 'object' ? new Uint8Array(question.body) : question.body;
  const response = await fetch(url, { method, headers, redirect: 'manual', ...(body !== undefined && { body }) });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes, text: new TextDecoder().decode(bytes) };
}

export const everyType = manifestMediaTypes.join(', ');

/** The status, and the first code in the error envelope. */
export function said(reply: Reply): { readonly status: number; readonly code?: string } {
  const { status } = reply;
  if (!(reply.headers.get('content-type') ?? '').startsWith('application/json')) return { status };
  const { errors } = JSON.parse(reply.text) as { readonly errors?: readonly { readonly code: string }[] };
  const code = errors?.[0]?.code;
  return code === undefined ? { status } : { status, code };
}

export function tagsIn(reply: Reply): readonly string[] | null {
  return (JSON.parse(reply.text) as { readonly tags: readonly string[] | null }).tags;
}

export function repositoriesIn(reply: Reply): readonly string[] {
  return (JSON.parse(reply.text) as { readonly repositories: readonly string[] }).repositories;
}

/** Follows `Link` to the end: each page's entries. */
export async function pages<Entry>(
  subject: Subject,
  path: string,
  entries: (reply: Reply) => Entry,
): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const reply = await ask(subject, 'GET', next);
    found.push(entries(reply));
    next = /^<([^>]+)>; ?rel="next"$/.exec(reply.headers.get('link') ?? '')?.[1];
  }
  return found;
}

/** Digests of nothing that was ever pushed. */
export function neverPushed(character = 'a'): string {
  return `sha256:${character.repeat(64)}`;
}
