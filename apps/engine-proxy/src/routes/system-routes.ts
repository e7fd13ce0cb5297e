import { eventContainers } from '../policy/filters.js';
import { forbidden } from '../policy/refusal.js';
import { parameters } from '../policy/request-target.js';
import type { Call, Plan, Route, RouteDeps } from './route.js';

export const SYSTEM_ROUTES: readonly Route[] = [
  { name: 'ping', method: 'GET', path: /^\/_ping$/, plan: plain('/_ping') },
  { name: 'info', method: 'GET', path: /^\/info$/, plan: plain('/info') },
  { name: 'events', method: 'GET', path: /^\/events$/, plan: events },
];

function plain(path: string): Route['plan'] {
  return (_deps, { query }) => {
    parameters(query, []);
    return { send: { method: 'GET', path } };
  };
}

/** What happened to containers of ours, up to now: a stream that ends. */
function events({ containers }: RouteDeps, { query }: Call): Plan {
  const { since = '', until = '', filters } = parameters(query, ['since', 'until', 'filters']);
  if (![since, until].every((time) => /^\d{1,12}$/.test(time))) throw forbidden('since and until must be seconds');
  if (Number(until) > Date.now() / 1000 + 60) throw forbidden('until lies in the future');
  const ids = eventContainers(filters);
  const foreign = ids.find((id) => !containers.knows(id));
  if (foreign !== undefined) throw forbidden(`${foreign} is not a container of this deployment`);
  const exact = JSON.stringify({ container: ids, event: ['oom'] });
  return { send: { method: 'GET', path: '/events', query: { since, until, filters: exact } } };
}
