import { defineConfig } from 'vitest/config';

/** Races of real processes on real repositories: `npm run test:races`, in full; with RACES=short a tenth of the rounds, as the gate runs them. */
export default defineConfig({
  test: {
    include: ['test/races/**/*.test.ts'],
    setupFiles: ['test/support/isolate.ts'],
    globalSetup: ['test/support/built.ts'],
    fileParallelism: false,
    testTimeout: 1_800_000,
    hookTimeout: 120_000,
  },
});
