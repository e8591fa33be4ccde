/** What an armor may hold. PROTOCOL.md section 5.3 and Certificates; a private key only in the key store. */
export type ArmorLabel = 'SIGNATURE' | 'PUBLIC KEY BLOCK' | 'PRIVATE KEY BLOCK';

const LINE_AT_MOST = 76;
const LINE_WRITTEN = 64;
const BASE64_LINE = /^[A-Za-z0-9+/]+={0,2}$|^={1,2}$/;
const CRC_LINE = /^=[A-Za-z0-9+/]{4}$/;

/**
 * Reads an armor by the strict rules of section 5.3: the BEGIN line, an empty line, base64 in lines of at most 76
 * characters, rightly padded (unused bits zero), an optional CRC-24 line that is right, the END line, nothing else.
 * Lines end in one `\n`; the last line has none. null: not that.
 */
export function readArmor(text: string, label: ArmorLabel): Uint8Array | null {
  const lines = text.split('\n');
  if (lines.shift() !== `-----BEGIN PGP ${label}-----`) return null;
  if (lines.shift() !== '') return null;
  if (lines.pop() !== `-----END PGP ${label}-----`) return null;
  const last = lines.at(-1);
  const crc = last !== undefined && CRC_LINE.test(last) ? lines.pop() : undefined;
  if (lines.some((line) => line.length > LINE_AT_MOST || !BASE64_LINE.test(line))) return null;
  const bytes = strictBase64(lines.join(''));
  if (bytes === null) return null;
  if (crc !== undefined && crc !== `=${crc24(bytes)}`) return null;
  return bytes;
}

/**
 * Armors bytes in the form that `readArmor` reads: lines of 64, the CRC-24, no final newline. Without the CRC-24,
 * GnuPG 2.2 reads the END line as data wherever the base64 needs no padding, and finds no signature.
 */
export function writeArmor(bytes: Uint8Array, label: ArmorLabel): string {
  const base64 = Buffer.from(bytes).toString('base64');
  const lines = base64.match(new RegExp(`.{1,${String(LINE_WRITTEN)}}`, 'g')) ?? [];
  return [
    `-----BEGIN PGP ${label}-----`,
    '',
    ...lines,
    `=${crc24(bytes)}`,
    `-----END PGP ${label}-----`,
  ].join('\n');
}

export interface LooseArmor {
  readonly label: string;
  readonly bytes: Uint8Array;
}

/**
 * Finds every armored block in a text that a person exported: headers, any line ends and text around them are
 * passed over. Nothing here is judged but base64 itself: what comes out is made minimal and then read strictly.
 * null: a block without an end, or broken base64.
 */
export function findArmor(text: string): LooseArmor[] | null {
  const blocks: LooseArmor[] = [];
  const lines = text.split(/\r\n|\n|\r/).map((line) => line.trim());
  for (let at = 0; at < lines.length; at += 1) {
    const label = /^-----BEGIN PGP ([A-Z ]{1,40})-----$/.exec(lines[at] ?? '')?.[1];
    if (label === undefined) continue;
    const end = lines.indexOf(`-----END PGP ${label}-----`, at);
    const empty = lines.indexOf('', at);
    if (end === -1 || empty === -1 || empty > end) return null;
    const body = lines.slice(empty + 1, end).filter((line) => line !== '' && !CRC_LINE.test(line));
    const bytes = strictBase64(body.join(''));
    if (bytes === null) return null;
    blocks.push({ label, bytes });
    at = end;
  }
  return blocks;
}

/** Decodes base64 that is exactly what an encoder would have written. */
function strictBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== text) return null;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** What each octet adds to a CRC-24. */
const CRC_OF = Int32Array.from({ length: 256 }, (_, octet) => {
  let crc = octet << 16;
  for (let bit = 0; bit < 8; bit += 1) {
    crc <<= 1;
    if ((crc & 0x1000000) !== 0) crc ^= 0x1864cfb;
  }
  return crc;
});

/** CRC-24 of RFC 9580 section 6.1, as four base64 characters. */
function crc24(bytes: Uint8Array): string {
  let crc = 0xb704ce;
  for (const byte of bytes) crc = ((crc << 8) & 0xffffff) ^ (CRC_OF[(crc >> 16) ^ byte] ?? 0);
  return Buffer.from([(crc >> 16) & 0xff, (crc >> 8) & 0xff, crc & 0xff]).toString('base64');
}
