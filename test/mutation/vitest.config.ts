import { defineConfig } from 'vitest/config';

/** The tests that mutants are shown to: run.ts names them, for each part of the source others. */
export default defineConfig({
  test: {
    include: (process.env['MUTATION_TESTS'] ?? '').split(' '),
    setupFiles: ['test/support/isolate.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
