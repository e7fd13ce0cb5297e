import { expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { openApiDocument } from '../../apps/gateway/src/http/openapi.js';

test('the API description is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone(openApiDocument('1.2.3')))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});
