/** Packet types of RFC 9580 section 5 that are met here. */
export const TAG = {
  signature: 2,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  marker: 10,
  trust: 12,
  userId: 13,
  publicSubkey: 14,
  padding: 21,
} as const;

export interface Packet {
  readonly tag: number;
  readonly body: Uint8Array;
}

/**
 * Splits bytes into OpenPGP packets, old and new headers, definite lengths only. null: anything else, any byte
 * left over, or nothing at all. RFC 9580 section 4.2.
 */
export function readPackets(bytes: Uint8Array): Packet[] | null {
  const packets: Packet[] = [];
  let at = 0;
  while (at < bytes.length) {
    const header = readHeader(bytes, at);
    if (header === null || header.body + header.length > bytes.length) return null;
    at = header.body + header.length;
    packets.push({ tag: header.tag, body: bytes.subarray(header.body, at) });
  }
  return packets.length === 0 ? null : packets;
}

/** One packet with a new-format header and the shortest length. */
export function writePacket({ tag, body }: Packet): Uint8Array {
  return Buffer.concat([Buffer.from([0xc0 | tag]), writeLength(body.length), body]);
}

/** A length as new packet headers and subpackets have it, below 8384 in one or two octets. RFC 9580 sections 4.2.1, 5.2.3.7. */
export function writeLength(length: number): Uint8Array {
  if (length < 192) return Uint8Array.of(length);
  if (length < 8384) return Uint8Array.of(((length - 192) >> 8) + 192, (length - 192) & 0xff);
  return Uint8Array.of(255, ...numberBytes(length, 4));
}

/** An unsigned number in `count` octets, big-endian. */
export function numberBytes(value: number, count: 2 | 4): Uint8Array {
  const out = Buffer.alloc(count);
  out.writeUIntBE(value, 0, count);
  return out;
}

/** The unsigned number in `count` octets at `at`; null where the bytes end before. */
export function numberAt(bytes: Uint8Array, at: number, count: 1 | 2 | 4): number | null {
  if (at + count > bytes.length) return null;
  let value = 0;
  for (const byte of bytes.subarray(at, at + count)) value = value * 256 + byte;
  return value;
}

interface Header {
  readonly tag: number;
  readonly body: number;
  readonly length: number;
}

function readHeader(bytes: Uint8Array, at: number): Header | null {
  const first = bytes[at];
  if (first === undefined || (first & 0x80) === 0) return null;
  if ((first & 0x40) !== 0) {
    const tag = first & 0x3f;
    const kind = bytes[at + 1];
    // 224 to 254 are partial lengths.
    if (tag === 0 || kind === undefined || (kind >= 224 && kind < 255)) return null;
    const length = readLength(bytes, at + 1);
    return length === null ? null : { tag, ...length };
  }
  const tag = (first & 0x3c) >> 2;
  const octets = ([1, 2, 4] as const)[first & 0x03];
  // The fourth length type of an old header is indeterminate.
  if (tag === 0 || octets === undefined) return null;
  const length = numberAt(bytes, at + 1, octets);
  return length === null ? null : { tag, body: at + 1 + octets, length };
}

/** Reads a one, two or five octet length; in subpackets two octets begin with up to 254. */
export function readLength(bytes: Uint8Array, at: number): { body: number; length: number } | null {
  const first = bytes[at];
  if (first === undefined) return null;
  if (first < 192) return { body: at + 1, length: first };
  if (first < 255) {
    const second = bytes[at + 1];
    return second === undefined ? null : { body: at + 2, length: (first - 192) * 256 + second + 192 };
  }
  const length = numberAt(bytes, at + 1, 4);
  return length === null ? null : { body: at + 5, length };
}
