import { z } from 'zod';

/** Rules for single values from a client, shared by all wire schemas. Lengths are in UTF-16 units unless said otherwise. */

const NUL = '\u0000';
const noNul = (value: string): boolean => !value.includes(NUL);

/** The dynamic linker reads these before the program starts; a program sets what it needs for its own children itself. */
const LOADER_VARIABLES = /^(LD_.*|GLIBC_TUNABLES|GCONV_PATH|LOCPATH|NLSPATH)$/;

/** The sandbox takes 256 words in all, those of the runtime's command included. */
export const MAX_ARGS = 240;
export const MAX_ENV = 256;
/** Arguments and environment together; the kernel takes 128 KiB for one string. */
export const MAX_ARGS_AND_ENV_BYTES = 256 * 1024;

export const Argument = z
  .string()
  .max(100_000)
  .refine(noNul, 'must not contain NUL')
  .describe('One command line argument.');

export const EnvironmentName = z
  .string()
  .max(255)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be an identifier: letters, digits and _, not starting with a digit')
  .refine((name) => !LOADER_VARIABLES.test(name), 'is read by the dynamic linker and cannot be set');

export const EnvironmentVariables = z
  .record(EnvironmentName, z.string().max(100_000).refine(noNul, 'must not contain NUL'))
  .refine((env) => Object.keys(env).length <= MAX_ENV, `must have at most ${MAX_ENV} entries`);

/** Where the program runs: one of the two writable places or a directory below; made when missing. */
export const WorkingDirectory = z
  .string()
  .max(1024)
  .refine(noNul, 'must not contain NUL')
  .refine((path) => path.startsWith('/'), 'must be absolute')
  .refine((path) => /^\/(workspace|tmp)(\/|$)/.test(path), 'must be /workspace or /tmp or below')
  .refine(
    (path) => path.split('/').every((part) => part !== '..' && part !== '.' && part.length <= 255),
    'must not contain . or .. or a name over 255 characters',
  )
  // eslint-disable-next-line no-control-regex
  .refine((path) => !/[\u0000-\u001f\u007f]/.test(path), 'must not contain control characters');

export const ExecutionId = z.string().regex(/^exec_[0-9a-hjkmnp-tv-z]{26}$/, 'must be an execution id');
