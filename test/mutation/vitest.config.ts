import { defineConfig } from 'vitest/config';

/** The tests that mutants are shown to: run.ts names them, for each part of the source others. */
export default defineConfig({
  test: {
    include: (process.env['MUTATION_TESTS'] ?? '').split(' '),
    setupFiles: ['test/support/isolate.ts'],
    // One loading of the program for each mutant, not one for each file.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
