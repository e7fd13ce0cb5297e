import { run, tryRun } from './command.mjs';

let buildkit;

/** Whether the client has the buildx plugin. Without it a new one only knows the engine's own builder. */
async function hasBuildkit() {
  buildkit ??= (await tryRun('docker', ['buildx', 'version'])) !== null;
  return buildkit;
}

/** The docker client, bound to one engine. Nothing of the user's own context reaches it. */
export function createDocker(host, { log, signal } = {}) {
  const withoutContext = { ...process.env };
  delete withoutContext.DOCKER_CONTEXT;
  const env = { ...withoutContext, DOCKER_HOST: host };
  const defaults = { env, log, signal };
  return {
    host,
    env,
    hasBuildkit,
    run: (args, options = {}) => run('docker', args, { ...defaults, ...options }),
    tryRun: (args, options = {}) => tryRun('docker', args, { ...defaults, ...options }),
    async build(args, options = {}) {
      const proxies = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
      const passed = proxies.filter((name) => process.env[name]).flatMap((name) => ['--build-arg', name]);
      const buildEnv = (await hasBuildkit()) ? env : { ...env, DOCKER_BUILDKIT: '0' };
      return run('docker', ['build', '--force-rm', ...passed, ...args], { ...defaults, env: buildEnv, ...options });
    },
    async hasImage(reference) {
      return (await tryRun('docker', ['image', 'inspect', '--format', '{{.Id}}', reference], { env, signal })) !== null;
    },
  };
}
