import { listFiles, withContext } from './build-context.mjs';
import { readExtraCertificates, writeCertificates } from './extra-certificates.mjs';

const FILES = [
  '.dockerignore',
  'Dockerfile.executor',
  'Dockerfile.worker',
  'docker-compose.yml',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'apps',
  'libs',
  'deploy/certificates/README.md',
  'deploy/compose',
  'deploy/egress',
  'deploy/grafana',
  'deploy/prometheus',
  'deploy/health.mjs',
  'deploy/secrets/README.md',
  'deploy/start-unprivileged.mjs',
  'deploy/swarm',
  'tests/compose/settings.yml',
];
const NOT_FILES = [/node_modules$/, /\/dist$/, /\.tsbuildinfo$/, /^libs\/sandbox\/init\/build$/];

/** A copy of what the Dockerfiles and the compose files use, with this machine's certificates, and none of the operator's own secrets. */
export function withComposeContext(use) {
  return withContext(
    listFiles(FILES, NOT_FILES),
    (context) => writeCertificates(context, readExtraCertificates()),
    use,
  );
}
