import { z } from 'zod';

/** `POST /executions/{id}/stdin` */
export const StdinRequest = z
  .strictObject({
    data: z.string().default('').describe('At most 1 MiB of unread input is kept for a program.'),
    encoding: z.enum(['utf-8', 'base64']).default('utf-8'),
    close: z.boolean().default(false).describe('After data comes the end of file.'),
  })
  .refine(({ data, close }) => data !== '' || close, {
    path: ['data'],
    message: 'must not be empty unless close is true',
  })
  .refine(({ data, encoding }) => encoding === 'utf-8' || /^[A-Za-z0-9+/]*={0,2}$/.test(data), {
    path: ['data'],
    message: 'must be base64',
  });
export type StdinRequest = z.infer<typeof StdinRequest>;

export const StdinView = z.strictObject({ execution_id: z.string(), accepted_bytes: z.number(), closed: z.boolean() });
export type StdinView = z.infer<typeof StdinView>;
