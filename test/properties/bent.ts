import fc from 'fast-check';

/** One thing done to some bytes; `at` and `to` are shares of their length, so that the same bend fits any of them. */
export type Bend =
  | { readonly kind: 'flip'; readonly at: number; readonly by: number }
  | { readonly kind: 'cut' | 'double'; readonly at: number; readonly length: number }
  | {
      readonly kind: 'splice';
      readonly at: number;
      readonly length: number;
      readonly from: number;
      readonly donor: number;
    }
  | {
      readonly kind: 'line';
      readonly how: 'cut' | 'double' | 'swap' | 'splice';
      readonly at: number;
      readonly to: number;
      readonly donor: number;
    };

/** Evenly from 0 to below 1: `fc.double` is even over how doubles are written, and nearly all of those are next to 0. */
export const share = fc.noBias(fc.nat(999_999)).map((millionths) => millionths / 1_000_000);
const length = fc.oneof(fc.constantFrom(1, 2, 3, 4), fc.nat(80));
const donor = fc.nat(99);

/** Flips, cuts, doubles and splices, of bytes and of lines. */
export const bendArbitrary: fc.Arbitrary<Bend> = fc.oneof<fc.Arbitrary<Bend>[]>(
  fc.record({ kind: fc.constant('flip' as const), at: share, by: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constantFrom('cut' as const, 'double' as const), at: share, length }),
  fc.record({ kind: fc.constant('splice' as const), at: share, length, from: share, donor }),
  fc.record({
    kind: fc.constant('line' as const),
    how: fc.constantFrom('cut' as const, 'double' as const, 'swap' as const, 'splice' as const),
    at: share,
    to: share,
    donor,
  }),
);

export const bendsArbitrary = fc.array(bendArbitrary, { minLength: 1, maxLength: 3 });

function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString('latin1').split('\n');
}

function bendLines(bytes: Uint8Array, bend: Extract<Bend, { kind: 'line' }>, other: Uint8Array): Uint8Array {
  const lines = linesOf(bytes);
  const at = Math.floor(bend.at * lines.length);
  const to = Math.floor(bend.to * lines.length);
  const line = lines[at] ?? '';
  if (bend.how === 'cut') lines.splice(at, 1);
  if (bend.how === 'double') lines.splice(to, 0, line);
  if (bend.how === 'swap') {
    lines[at] = lines[to] ?? '';
    lines[to] = line;
  }
  if (bend.how === 'splice') {
    const donors = linesOf(other);
    lines[at] = donors[Math.floor(bend.to * donors.length)] ?? '';
  }
  return Buffer.from(lines.join('\n'), 'latin1');
}

/** `bytes` with one bend after the other; what is spliced in comes from `donors`, which are of the same kind. */
export function bent(bytes: Uint8Array, bends: readonly Bend[], donors: readonly Uint8Array[]): Uint8Array {
  let now = bytes;
  for (const bend of bends) {
    const at = Math.floor(bend.at * now.length);
    const other = 'donor' in bend ? (donors[bend.donor % donors.length] ?? now) : now;
    if (bend.kind === 'line') now = bendLines(now, bend, other);
    else if (bend.kind === 'flip') {
      const { by } = bend;
      now = now.map((octet, i) => (i === at ? octet ^ by : octet));
    } else {
      const piece = now.subarray(at, at + bend.length);
      const from = bend.kind === 'splice' ? Math.floor(bend.from * other.length) : 0;
      const middle =
        bend.kind === 'cut'
          ? []
          : bend.kind === 'double'
            ? [piece, piece]
            : [other.subarray(from, from + bend.length)];
      now = Buffer.concat([now.subarray(0, at), ...middle, now.subarray(at + piece.length)]);
    }
  }
  return now;
}
