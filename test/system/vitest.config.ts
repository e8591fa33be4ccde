import { defineConfig } from 'vitest/config';

/** The system tests: real sshd, nginx, other users. `npm run system`; each skips, with the reason, where its server is not installed. */
export default defineConfig({
  test: {
    include: ['test/system/**/*.test.ts'],
    setupFiles: ['test/support/isolate.ts'],
    globalSetup: ['test/support/built.ts'],
    // They wait for each other's processes more than they compute; each has folders, ports and logins of its own.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
