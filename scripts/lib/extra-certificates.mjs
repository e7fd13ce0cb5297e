import { X509Certificate } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { SetupProblem } from './setup-problem.mjs';

// Where Debian keeps the public ones that it ships, also those that have been withdrawn since.
const SHIPPED = '/usr/share/ca-certificates';
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function fingerprint(pem) {
  return new X509Certificate(pem).fingerprint256;
}

function readShipped() {
  try {
    const names = readdirSync(SHIPPED, { recursive: true }).filter((name) => name.endsWith('.crt'));
    return names.flatMap((name) => readFileSync(join(SHIPPED, name), 'utf8').match(PEM) ?? []);
  } catch {
    return [];
  }
}

/** The certificates that this machine trusts beyond the public ones: where a proxy inspects TLS, images need them too. */
export function readExtraCertificates(environment = process.env) {
  const path = environment.EXTRA_CA_CERTS || environment.NODE_EXTRA_CA_CERTS;
  if (!path) return [];
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new SetupProblem(
      `The certificates in ${path} (EXTRA_CA_CERTS or NODE_EXTRA_CA_CERTS) can't be read: ${error.message}`,
    );
  }
  // The file is often the machine's whole bundle; the public part of it is in every image already.
  const known = new Set([...rootCertificates, ...readShipped()].map(fingerprint));
  return (text.match(PEM) ?? []).filter((pem) => !known.has(fingerprint(pem)));
}

/** Puts them, one a file, where the Dockerfiles take them from. */
export function writeCertificates(context, certificates) {
  const directory = join(context, 'deploy/certificates');
  mkdirSync(directory, { recursive: true });
  certificates.forEach((pem) =>
    writeFileSync(join(directory, `${fingerprint(pem).replaceAll(':', '').slice(0, 16)}.crt`), `${pem}\n`),
  );
}
