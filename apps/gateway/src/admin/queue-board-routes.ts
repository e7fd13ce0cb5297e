import type { QueueBoard } from '@gantry/queue';
import { Router } from 'express';
import { contentSecurityPolicy } from 'helmet';
import type { Authenticator } from '../keys/authenticator.js';
import { requireAdminOfPages } from './require-admin.js';

export const QUEUE_BOARD_PATH = '/admin/queues';

/** The page at `/admin/queues`. Everything it needs comes from here: its own call for fonts of another site is not allowed. */
export function queueBoardRoutes(deps: { authenticator: Authenticator; queueBoard: QueueBoard }): Router {
  const router = Router();
  const policy = contentSecurityPolicy({
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'", "'unsafe-inline'"],
      'img-src': ["'self'", 'data:'],
      'font-src': ["'self'"],
      'connect-src': ["'self'"],
      'manifest-src': ["'self'"],
      'base-uri': ["'self'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
    },
  });
  router.use(QUEUE_BOARD_PATH, requireAdminOfPages(deps.authenticator), policy, (request, response, next) => {
    response.locals['route'] = QUEUE_BOARD_PATH;
    response.set('Cache-Control', 'no-store');
    deps.queueBoard.handle(request, response, next);
  });
  return router;
}
