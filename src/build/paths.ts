// Where things lie in the repository, for the build steps.
import { fileURLToPath } from 'node:url';

export const TOP = fileURLToPath(new URL('../..', import.meta.url));
export const DIST = `${TOP}dist`;
