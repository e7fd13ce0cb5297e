// Loaded once, so that the loader of ES modules is there before the first program needs it.
import fs from 'node:fs';

export default [fs.constants.F_OK, import.meta.url];
