/** `ca-certificate`: PEM text, or the path of a file that holds it. */
import { X509Certificate } from 'node:crypto';
import { messageOf, parsed, quote, refused } from './error.ts';
import type { Parsed } from './error.ts';

const certificates = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * The certificates alone, as PEM text: notes between them and a private key beside them are left out. No error
 * quotes the text of a file or of the input, as it might be a key; a path is quoted.
 */
export function parseCertificate(text: string, readFile: (path: string) => string): Parsed<string> {
  if (looksLikePem(text)) return checkPem(text, 'The text');
  let content: string;
  try {
    content = readFile(text);
  } catch (error) {
    return refused(
      `The file ${quote(text)} can't be read (${messageOf(error)}). Give the path of a PEM file that exists on the runner, or the PEM text itself.`,
    );
  }
  return checkPem(content, `The file ${quote(text)}`);
}

function looksLikePem(text: string): boolean {
  return text.includes('-----BEGIN') || text.includes('\n');
}

function checkPem(text: string, what: string): Parsed<string> {
  const found = text.match(certificates);
  if (found === null) {
    return refused(`${what} holds no certificate: it needs a line -----BEGIN CERTIFICATE----- and its end.`);
  }
  for (const [index, certificate] of found.entries()) {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      return refused(`${what} holds a certificate, number ${index + 1}, that can't be read (${messageOf(error)}).`);
    }
  }
  return parsed(`${found.join('\n')}\n`);
}
