import { CONTAINER_ROUTES } from './container-routes.js';
import { IMAGE_ROUTES } from './image-routes.js';
import type { Route } from './route.js';
import { SYSTEM_ROUTES } from './system-routes.js';

/** Everything that may be asked for, beside `attach`, which is a stream. */
export const ROUTES: readonly Route[] = [...SYSTEM_ROUTES, ...CONTAINER_ROUTES, ...IMAGE_ROUTES];

export function routeOf(method: string, path: string): { route: Route; words: string[] } | null {
  for (const route of ROUTES) {
    const caught = route.method === method ? route.path.exec(path) : null;
    if (caught !== null) return { route, words: caught.slice(1) };
  }
  return null;
}
