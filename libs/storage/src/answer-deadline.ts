import type { Redis } from 'ioredis';

/**
 * Fails each command that has no answer within so many ms. The driver's own limit also fails what was answered long ago where this process has had
 * no processor meanwhile, for timers are looked at before sockets. Here what has come is read first.
 */
export function answerWithin(redis: Redis, ms: number): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    const giveUp = (): void => command.reject(new Error('Command timed out'));
    const timer = setTimeout(() => setImmediate(giveUp), ms);
    const settled = (): void => clearTimeout(timer);
    command.promise.then(settled, settled);
    return send(command, stream);
  };
}
