import { AppError } from '@gantry/contracts';
import type { RequestHandler, Router } from 'express';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Mounts the methods of one path; every other method is 405 with `Allow`. */
export function resource(router: Router, path: string, methods: Partial<Record<Method, RequestHandler>>): void {
  const route = router.route(path);
  const allowed: string[] = [];
  for (const [method, handler] of Object.entries(methods) as [Method, RequestHandler][]) {
    route[method]((request, response, next) => {
      // For metrics: the template, never the path with its ids.
      response.locals['route'] = path;
      return handler(request, response, next);
    });
    allowed.push(method.toUpperCase());
    if (method === 'get') allowed.push('HEAD');
  }
  route.all((request, response) => {
    response.set('Allow', allowed.join(', '));
    throw new AppError('method_not_allowed', `${request.method} is not allowed on ${path}`);
  });
}
