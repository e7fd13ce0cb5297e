import { describe, expect, test } from '@jest/globals';
import { AppError } from '@gantry/contracts';
import { dockerOptions } from './engine.js';
import { toAppError } from './engine-error.js';

const answered = (statusCode: number, message: string): Error => Object.assign(new Error(message), { statusCode });
const failed = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

describe('toAppError', () => {
  test.each([
    [failed('ECONNREFUSED'), 'engine_unavailable'],
    [failed('ENOENT'), 'engine_unavailable'],
    [failed('ECONNRESET'), 'engine_unavailable'],
    [failed('ETIMEDOUT'), 'engine_unavailable'],
    [answered(404, 'No such image: x:latest'), 'unknown_image'],
    [answered(404, 'No such container: x'), 'sandbox_failed'],
    [answered(400, 'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available'), 'limit_unenforceable'],
    [answered(400, 'Minimum memory limit allowed is 6MB'), 'limit_unenforceable'],
    [answered(500, 'error setting rlimits for ready process: error setting rlimit type 7'), 'limit_unenforceable'],
    [answered(400, 'Unknown runtime specified nope'), 'sandbox_failed'],
    [answered(500, 'no space left on device'), 'sandbox_failed'],
    [new Error('anything'), 'sandbox_failed'],
  ])('makes of "%s" %s', (error, code) => {
    const translated = toAppError(error, 'do it');
    expect(translated).toMatchObject({ code, cause: error });
    expect(translated.message).toMatch(/^Could not do it: /);
  });

  test('leaves our own errors alone', () => {
    const error = new AppError('shutting_down', 'x');
    expect(toAppError(error, 'do it')).toBe(error);
  });
});

describe('dockerOptions', () => {
  test.each([
    ['unix:///var/run/docker.sock', { socketPath: '/var/run/docker.sock', host: undefined }],
    ['tcp://engine.local:2375', { socketPath: undefined, host: 'engine.local', port: '2375', protocol: 'http' }],
    ['https://engine.local', { socketPath: undefined, host: 'engine.local', port: '2375', protocol: 'https' }],
  ])('understands %s', (value, options) => {
    expect(dockerOptions(value)).toMatchObject(options);
  });

  test.each(['', 'docker.sock', 'ssh://host', 'tcp://', 'npipe:////./pipe/x'])('refuses "%s"', (value) => {
    expect(() => dockerOptions(value)).toThrow(/DOCKER_HOST/);
  });
});
