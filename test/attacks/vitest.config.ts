import { defineConfig } from 'vitest/config';

/** Forged commits and hostile remotes against the built program: `npm run test:attacks`; with ATTACKS=short each third row. */
export default defineConfig({
  test: {
    include: ['test/attacks/**/*.test.ts'],
    setupFiles: ['test/support/isolate.ts'],
    globalSetup: ['test/support/built.ts'],
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
