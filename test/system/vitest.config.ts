import { defineConfig } from 'vitest/config';

/** The system tests: real sshd, nginx, other users. `npm run system`; each skips, with the reason, where its server is not installed. */
export default defineConfig({
  test: {
    include: ['test/system/**/*.test.ts'],
    setupFiles: ['test/support/isolate.ts'],
    globalSetup: ['test/support/built.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
