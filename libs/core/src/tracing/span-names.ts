/** Every span that this service makes by itself; those of requests are named by method and route, those of tool calls by the tool. */
export const SPAN = {
  sendExecution: 'send execution',
  sendImage: 'send image',
  queueWait: 'queue wait',
  processExecution: 'process execution',
  processImage: 'process image',
  acquireSandbox: 'acquire sandbox',
  buildImage: 'build image',
  compile: 'compile',
  run: 'run',
  collectArtifacts: 'collect artifacts',
  writeEnd: 'write end',
} as const;
