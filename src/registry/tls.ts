/** Which certificates are believed. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { RegistryError } from './errors.ts';
import type { Origin } from '../model/index.ts';

const certificate = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g;

// Read once: the machine's are hundreds of files.
let roots: readonly string[] | undefined;

/**
 * Node's roots, the machine's own, and the given PEM certificates beside them. Made once and shared by every connection:
 * reading some 300 certificates takes longer than a request. Throws RegistryError for text that holds no certificate.
 */
export function makeSecureContext(origin: Origin, caCertificate: string | undefined): SecureContext {
  const extra = caCertificate === undefined ? [] : parseCertificates(origin, caCertificate);
  roots ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return createSecureContext({ ca: [...roots, ...extra] });
}

function parseCertificates(origin: Origin, text: string): readonly string[] {
  const blocks = text.match(certificate) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
    if (blocks.length > 0) return blocks;
  } catch (cause) {
    throw noCertificate(origin, cause);
  }
  throw noCertificate(origin, undefined);
}

function noCertificate(origin: Origin, cause: unknown): RegistryError {
  return new RegistryError({
    kind: 'tls',
    what: 'ca-certificate holds no certificate that can be read',
    wayOut: `Give ca-certificate the PEM text of the authority that signed the registry's certificate: it begins with -----BEGIN CERTIFICATE-----.`,
    method: 'GET',
    url: `${origin}/v2/`,
    cause,
  });
}
