import { get } from 'node:http';

// For health checks: `node health.mjs VARIABLE PORT [PATH]` asks the process in this container, at PORT or where VARIABLE says. Without a
// path it is asked whether it lives, not whether it is ready: orchestrators replace what is unhealthy, which helps nobody while Redis is away.
const [, , variable, port, path = '/healthz'] = process.argv;
const request = get(`http://127.0.0.1:${process.env[variable] || port}${path}`, ({ statusCode }) =>
  process.exit(statusCode === 200 ? 0 : 1),
);
request.on('error', () => process.exit(1));
