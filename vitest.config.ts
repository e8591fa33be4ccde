import { defineConfig } from 'vitest/config';

const shared = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  setupFiles: ['test/support/isolate.ts'],
};

export default defineConfig({
  test: {
    // By default one core is left free, which on a machine of two is half of them.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/e2e/**',
            'test/system/**',
            'test/races/**',
            'test/faults/**',
            'test/attacks/**',
            'node_modules/**',
          ],
        },
      },
      {
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/built.ts'],
        },
      },
    ],
  },
});
