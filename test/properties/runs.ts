import type fc from 'fast-check';

/** How many times as many runs as `npm test` makes: `npm run test:properties` sets it. */
export const FACTOR = Math.max(1, Number(process.env['PROPERTY_FACTOR'] ?? '1'));

/**
 * Parameters of a property that `npm test` runs `quick` times, always the same ones, so that what it counts on the way is
 * certain; the long program runs it so many times as often, with a seed of its own each time, which a failure tells.
 */
export function runs<T>(quick: number): fc.Parameters<T> {
  return FACTOR === 1 ? { numRuns: quick, seed: 20_261_123 } : { numRuns: Math.round(quick * FACTOR) };
}
