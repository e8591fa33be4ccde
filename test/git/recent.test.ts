import { describe, expect, it } from 'vitest';
import { Recent } from '../../src/git/recent.js';

const MIB = 1024 * 1024;
const object = (oid: string, front: Uint8Array, size = front.length) =>
  ({ ok: true, oid, size, front, bytes: null }) as const;

describe('what was read a moment ago', () => {
  it('is kept without the block that it came in', () => {
    const recent = new Recent();
    const block = Buffer.alloc(MIB, 'x');
    recent.keep(object('a', block.subarray(10, 110)));
    block.fill('y');
    const kept = recent.take().get('a') ?? new Uint8Array(0);
    expect(Buffer.from(kept).toString()).toBe('x'.repeat(100));
    // Small copies share a pool, of 8 or 64 KiB.
    expect(kept.buffer.byteLength).toBeLessThan(MIB / 4);
  });

  it('is 8 MiB at most, whole objects only, and handed over once', () => {
    const recent = new Recent();
    recent.keep(object('part', Buffer.alloc(100), 101));
    for (const oid of ['a', 'b', 'c']) recent.keep(object(oid, Buffer.alloc(3 * MIB)));
    expect([...recent.take().keys()]).toEqual(['a', 'b']);
    expect(recent.take().size).toBe(0);
  });
});
