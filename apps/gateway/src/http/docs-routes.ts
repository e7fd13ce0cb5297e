import { Router } from 'express';
import { serve, setup } from 'swagger-ui-express';
import { openApiDocument } from './openapi.js';
import { resource } from './resource.js';

/** The API's description for programs, and a page to read and try it. Everything is served from here. */
export function docsRoutes(version: string): Router {
  const router = Router();
  const document = openApiDocument(version);
  resource(router, '/openapi.json', { get: (_request, response) => void response.json(document) });
  router.use('/docs', serve, setup(document, { customSiteTitle: 'Gantry API' }));
  return router;
}
