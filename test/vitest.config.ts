// The test runner's settings: every *.test.ts below test/, in a pool that leaves one core for the programs
// that end-to-end tests start.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
