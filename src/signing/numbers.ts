import { numberAt, numberBytes } from './packets.js';

/**
 * Reads `count` multiprecision integers from `at` on. Each must be written as RFC 9580 section 3.2 has it: the bit
 * count is that of its first octet, which is not zero. Returns their octets and where they end; null: not that.
 */
export function readNumbers(
  bytes: Uint8Array,
  at: number,
  count: number,
): { values: Uint8Array[]; end: number } | null {
  const values: Uint8Array[] = [];
  let end = at;
  while (values.length < count) {
    const bits = numberAt(bytes, end, 2);
    if (bits === null) return null;
    const value = bytes.subarray(end + 2, end + 2 + Math.ceil(bits / 8));
    if (value.length * 8 < bits || bitLength(value) !== bits) return null;
    values.push(value);
    end += 2 + value.length;
  }
  return { values, end };
}

/** How many bits a number has that begins with its first octet; 0 where that octet is zero or absent. */
export function bitLength(value: Uint8Array): number {
  const [first] = value;
  return first === undefined || first === 0 ? 0 : (value.length - 1) * 8 + 32 - Math.clz32(first);
}

/** A number as `readNumbers` reads it; zeros in front are left out. */
export function writeNumber(value: Uint8Array): Uint8Array {
  const start = value.findIndex((octet) => octet !== 0);
  const shortest = start === -1 ? new Uint8Array() : value.subarray(start);
  return Buffer.concat([numberBytes(bitLength(shortest), 2), shortest]);
}

/** A number in exactly `length` octets, zeros in front; null where it is longer. */
export function fixed(value: Uint8Array, length: number): Uint8Array | null {
  if (value.length > length) return null;
  const out = new Uint8Array(length);
  out.set(value, length - value.length);
  return out;
}

/** The number that octets hold, the lowest octet first. */
export function littleEndian(bytes: Uint8Array): bigint {
  return toNumber(bytes.toReversed());
}

/** The number that octets hold, the highest octet first. */
export function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x0${hex(bytes)}`);
}

/** A number in its shortest octets, the highest first. */
export function bigEndian(value: bigint): Uint8Array {
  const digits = value.toString(16);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
