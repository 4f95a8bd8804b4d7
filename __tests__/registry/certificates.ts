/** Certificates, made by the machine's openssl when a test needs them: none is committed. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export type Pair = { readonly key: string; readonly cert: string };
export type Certificates = {
  /** The authority's certificate. */
  readonly authority: string;
  /** Signed by the authority, for 127.0.0.1 and registry.test. */
  readonly good: Pair;
  /** Signed by the authority, for another host. */
  readonly otherHost: Pair;
  /** Signed by the authority, over since yesterday. */
  readonly expired: Pair;
  /** Signed by itself. */
  readonly selfSigned: Pair;
};

const run = promisify(execFile);

export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-prune-certificates-'));
  const openssl = (...words: readonly string[]): Promise<unknown> => run('openssl', words, { cwd: folder });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const read = async (name: string): Promise<Pair> => ({
    key: await readFile(join(folder, `${name}.key`), 'utf8'),
    cert: await readFile(join(folder, `${name}.pem`), 'utf8'),
  });
  const issue = async (name: string, host: string, days: string): Promise<Pair> => {
    const names = `subjectAltName=${host}`;
    await openssl(
      'req',
      ...newKey,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
      '-addext',
      names,
    );
    const authority = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial'];
    await openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...authority,
      '-days',
      days,
      '-copy_extensions',
      'copy',
      '-out',
      `${name}.pem`,
    );
    return read(name);
  };
  const selfSign = async (name: string): Promise<Pair> => {
    const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    await openssl('req', '-x509', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-days', '2', ...names);
    return read(name);
  };
  try {
    const authority = (await selfSign('authority')).cert;
    return {
      authority,
      good: await issue('good', 'IP:127.0.0.1,DNS:registry.test', '2'),
      otherHost: await issue('other', 'DNS:elsewhere.example', '2'),
      expired: await issue('expired', 'IP:127.0.0.1', '-1'),
      selfSigned: await selfSign('self'),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
