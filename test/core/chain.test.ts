import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { chainOf } from '../../src/core/chain.js';

const bytes = Buffer.from('tree and so on');

test("§4 c(root) is the SHA-256 of the root commit's raw bytes", () => {
  expect(chainOf(null, bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('§4 c(n) is the SHA-256 of the 32 bytes of c(parent) and the raw bytes of n', () => {
  const parent = 'f0'.repeat(32);
  const whole = Buffer.concat([Buffer.alloc(32, 0xf0), bytes]);
  expect(chainOf(parent, bytes)).toBe(createHash('sha256').update(whole).digest('hex'));
});

test('§4 c(n) differs where the bytes or the parent differ', () => {
  const values = [
    chainOf(null, bytes),
    chainOf('00'.repeat(32), bytes),
    chainOf('01'.repeat(32), bytes),
    chainOf(null, bytes.subarray(1)),
  ];
  expect(new Set(values).size).toBe(4);
});
