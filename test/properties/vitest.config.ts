import { defineConfig } from 'vitest/config';

/**
 * The properties and the fuzzing with many runs, each time other ones: `npm run test:properties`, in full; with PROPERTIES=short as
 * many as the gate runs. A failure tells its seed and path.
 */
const short = process.env['PROPERTIES'] === 'short';

export default defineConfig({
  test: {
    include: ['test/properties/**/*.test.ts'],
    setupFiles: ['test/support/isolate.ts'],
    env: { PROPERTY_FACTOR: process.env['PROPERTY_FACTOR'] ?? (short ? '10' : '400') },
    testTimeout: 7_200_000,
    hookTimeout: 120_000,
  },
});
