import { MpaError } from '../core/errors.js';
import { findArmor } from './armor.js';
import { readPackets, TAG, type Packet } from './packets.js';
import { readSignature, type Signature } from './signature.js';

/** A packet of an exported key and the version-4 signatures that stand after it, none judged yet. */
export interface Signed {
  readonly packet: Packet;
  readonly signatures: readonly Signature[];
}

/** One key as people export it: any number of user ids, old and foreign signatures, photos. */
export interface ExportedKey {
  readonly primary: Signed;
  readonly userIds: readonly Signed[];
  readonly subkeys: readonly Signed[];
}

const EXPORT_AT_MOST = 8 * 1024 * 1024;
const PASSED_OVER: ReadonlySet<number> = new Set([TAG.trust, TAG.marker, TAG.padding]);
const EXPORT_HINT =
  'Export one public key: mpa key export --out FILE, or gpg --armor --export FINGERPRINT >FILE';

/** A `bad-key`: what is wrong, and what to do. */
export function badKey(message: string, hint: string): MpaError {
  return new MpaError('bad-key', message, { hint });
}

/**
 * Splits a file that holds one exported public key, armored or binary. Errors: `bad-key` for anything else; secret
 * key material is refused before anything is read of it.
 */
export function readExport(bytes: Uint8Array): ExportedKey {
  const packets = exportedPackets(bytes).filter(({ tag }) => !PASSED_OVER.has(tag));
  if (packets.some(({ tag }) => tag === TAG.secretKey || tag === TAG.secretSubkey)) throw secretGiven();
  const keys = packets.filter(({ tag }) => tag === TAG.publicKey).length;
  if (keys > 1) throw badKey(`the file holds ${String(keys)} keys, and one is wanted`, EXPORT_HINT);
  if (packets[0]?.tag !== TAG.publicKey) throw badKey('the file does not hold a public key', EXPORT_HINT);
  const groups = grouped(packets);
  const [primary] = groups;
  if (primary === undefined) throw badKey('the file does not hold a public key', EXPORT_HINT);
  const of = (tag: number): Signed[] => groups.filter(({ packet }) => packet.tag === tag);
  return { primary, userIds: of(TAG.userId), subkeys: of(TAG.publicSubkey) };
}

/** The packets of a file, armored or binary, public or secret. Errors: `bad-key`. */
export function exportedPackets(bytes: Uint8Array): Packet[] {
  if (bytes.length === 0) throw badKey('the file is empty', EXPORT_HINT);
  if (bytes.length > EXPORT_AT_MOST) throw badKey('the file is larger than 8 MiB', EXPORT_HINT);
  const binary = ((bytes[0] ?? 0) & 0x80) !== 0;
  const packets = readPackets(binary ? bytes : dearmored(bytes));
  if (packets === null) throw badKey('the file is broken: its OpenPGP packets do not add up', EXPORT_HINT);
  return packets;
}

function dearmored(bytes: Uint8Array): Uint8Array {
  const blocks = findArmor(Buffer.from(bytes).toString('latin1'));
  if (blocks === null) throw badKey('the file is broken: its armor does not add up', EXPORT_HINT);
  if (blocks.length === 0) throw badKey('the file does not hold an OpenPGP key', EXPORT_HINT);
  const other = blocks.find(({ label }) => !/^(PUBLIC|PRIVATE) KEY BLOCK$/.test(label));
  if (other) throw badKey(`the file holds a PGP ${other.label}, not a key`, EXPORT_HINT);
  return Buffer.concat(blocks.map((block) => block.bytes));
}

/** Each packet that signatures stand after, with those of version 4; others cannot be part of a minimal certificate. */
function grouped(packets: readonly Packet[]): Signed[] {
  const groups: { packet: Packet; signatures: Signature[] }[] = [];
  for (const packet of packets) {
    if (packet.tag !== TAG.signature) {
      groups.push({ packet, signatures: [] });
      continue;
    }
    const signature = readSignature(packet.body);
    if (signature !== null) groups.at(-1)?.signatures.push(signature);
  }
  return groups;
}

function secretGiven(): MpaError {
  return badKey(
    'the file holds a secret key, which must never leave its owner; nothing of it was stored',
    EXPORT_HINT,
  );
}
