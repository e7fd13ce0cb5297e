import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// Starts one of our programs as an ordinary user that has the group of the Docker socket, and nothing else of root. Which group that is
// can only be known on the machine itself. In JavaScript, for our images have no shell.
const USER = 1000;
const [node, , script, ...rest] = process.argv;
const socket = (process.env.DOCKER_HOST || 'unix:///var/run/docker.sock').replace(/^unix:\/\//, '');

function groupOf(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isSocket() ? [found.gid] : [];
}

if (process.getuid() === 0) {
  process.setgroups([USER, ...groupOf(socket)]);
  process.setgid(USER);
  process.setuid(USER);
}
process.argv = [node, script, ...rest];
await import(pathToFileURL(resolve(script)).href);
