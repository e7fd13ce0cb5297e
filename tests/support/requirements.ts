/** What the tests need is there or they fail: nothing is skipped. `npm test` brings it all. */
function need(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run the tests by "npm test", which starts what is missing`);
  return value;
}

export const redisUrl = (): string => need('REDIS_URL');
export const dockerHost = (): string => need('DOCKER_HOST');
export const executorImage = (): string => need('EXECUTOR_IMAGE');
/** The server of an image registry, as a path. */
export const registryProgram = (): string => need('REGISTRY_PROGRAM');
export const prometheusProgram = (): string => need('PROMETHEUS_PROGRAM');
export const promtoolProgram = (): string => need('PROMTOOL_PROGRAM');
/** A Python that has `requests`. */
export const pythonProgram = (): string => need('PYTHON_PROGRAM');
