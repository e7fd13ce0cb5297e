import { chmod, stat, unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { type AddressInfo, createConnection } from 'node:net';

export type Where = { path: string } | { host: string; port: number };

const SOCKET_MODE = 0o660;

/** Listens, on a socket that only its owner and its group may use. Returns the address as in DOCKER_HOST. */
export async function listen(server: Server, where: Where): Promise<string> {
  if ('port' in where) {
    await listening(server, () => server.listen(where.port, where.host));
    const { address, port } = server.address() as AddressInfo;
    return `tcp://${address.includes(':') ? `[${address}]` : address}:${port}`;
  }
  await removeStale(where.path);
  // From its first moment: between listening and a change of mode anybody could connect.
  const mask = process.umask(0o777 & ~SOCKET_MODE);
  try {
    await listening(server, () => server.listen(where.path));
  } finally {
    process.umask(mask);
  }
  await chmod(where.path, SOCKET_MODE);
  return `unix://${where.path}`;
}

function listening(server: Server, begin: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    begin();
  });
}

/** A proxy that was killed leaves its socket behind. One that somebody listens on is left alone. */
async function removeStale(path: string): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there === null) return;
  if (!there.isSocket()) throw new Error(`PROXY_SOCKET: ${path} is there, and is no socket`);
  if (await isServed(path)) throw new Error(`PROXY_SOCKET: another process listens on ${path}`);
  await unlink(path);
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
