import { defineConfig } from 'vitest/config';

/** Every step of a command at which it could be killed, or its disk fail: `npm run test:faults`; with FAULTS=short each twentieth of them. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    setupFiles: ['test/support/isolate.ts'],
    globalSetup: ['test/support/built.ts'],
    maxWorkers: 2,
    testTimeout: 1_800_000,
    hookTimeout: 120_000,
  },
});
