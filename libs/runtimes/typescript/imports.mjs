import { registerHooks } from 'node:module';

// TypeScript lets the import of a neighbour leave out its ending and `index`; Node.js does not. What it does not find is tried with them.
const ENDINGS = ['.js', '/index.js'];
const MISSING = new Set(['ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT']);

registerHooks({
  resolve(specifier, context, nextResolve) {
    try {
      return nextResolve(specifier, context);
    } catch (error) {
      if (!MISSING.has(error.code) || !/^\.{1,2}(\/|$)/.test(specifier)) throw error;
      for (const ending of ENDINGS) {
        try {
          return nextResolve(`${specifier}${ending}`, context);
        } catch {
          // The first error names what the program asked for.
        }
      }
      throw error;
    }
  },
});
