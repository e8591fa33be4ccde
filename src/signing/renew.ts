import type { KeyObject } from 'node:crypto';
import { MpaError } from '../core/errors.js';
import type { Certificate, KeyInfo } from '../core/keys.js';
import { readArmor, writeArmor } from './armor.js';
import { readCertificate } from './certificate.js';
import { numberBytes, readPackets, TAG, writePacket, type Packet } from './packets.js';
import { readPublicKey, type PublicKey } from './public-key.js';
import { expiryOf, flagsOf, isRight, MAY_SIGN, over, TYPE } from './self-signature.js';
import { signatureBody } from './sign.js';
import { hashedNumber, readSignature, SUBPACKET, type Signature, type Subpacket } from './signature.js';
import { OLD_HASHES } from './verify.js';

/** A key whose expiry is to be moved. Times in seconds. */
export interface Renewal {
  /** The armored minimal certificate, and what it says. */
  readonly armored: string;
  readonly certificate: Certificate;
  /** The second from which the key will have expired; null: never. */
  readonly expires: number | null;
  readonly now: number;
  /** The opened secret part of a key of the certificate; null: it is not there. The primary's always is. */
  readonly secretOf: (key: KeyInfo) => KeyObject | null;
}

/** What stood in place of what, in a certificate that was renewed. */
export interface Renewed {
  readonly armored: string;
  readonly certificate: Certificate;
  /** The primary key packet's body. */
  readonly primary: PublicKey;
  /** Each new signature, and the body of the packet that it stands after: a user id, or a subkey's public part. */
  readonly after: readonly { readonly tag: number; readonly body: Uint8Array; readonly signature: Packet }[];
}

/**
 * Makes the certification of the user id anew, and the binding of each subkey that signs and ends, with its cross-certification: all else that
 * they say stays. Each is dated later than what it replaces, since of two of one second some readers take the first and some the last.
 * Errors: `signer-failed` where what was made is not what section 5 (Certificates) takes.
 */
export function renewed(renewal: Renewal): Renewed {
  const packets = readPackets(readArmor(renewal.armored, 'PUBLIC KEY BLOCK') ?? new Uint8Array()) ?? [];
  const [first] = packets;
  const primary = first && readPublicKey(first.body);
  const [info] = renewal.certificate.keys;
  const secret = info && renewal.secretOf(info);
  if (!primary || !secret) throw failed('its primary key is not there');
  const after: Renewed['after'][number][] = [];
  const made = packets.map((packet, at) => {
    const before = packets[at - 1];
    const signature = packet.tag === TAG.signature ? readSignature(packet.body) : null;
    // A revocation stands after another signature: only what stands right after a user id or a subkey is made anew.
    if (signature === null || before === undefined) return packet;
    if (before.tag === TAG.userId) {
      const object = over.userId(primary, before.body);
      const unhashed = issuerOf(primary, signature.hashed);
      const anew = remade(signature, primary, object, unhashed, primary, secret, renewal);
      after.push({ ...before, signature: anew });
      return anew;
    }
    const subkey = before.tag === TAG.publicSubkey ? readPublicKey(before.body) : null;
    if (subkey === null || !ends(signature, subkey)) return packet;
    const cross = crossed(signature, primary, subkey, renewal);
    const anew = remade(
      withoutCross(signature),
      subkey,
      over.subkey(primary, subkey),
      [...issuerOf(primary, signature.hashed), ...cross],
      primary,
      secret,
      renewal,
    );
    after.push({ ...before, signature: anew });
    return anew;
  });
  const armored = writeArmor(Buffer.concat(made.map(writePacket)), 'PUBLIC KEY BLOCK');
  const reading = readCertificate(armored);
  if (!reading.ok) throw failed(reading.problem);
  const { certificate } = reading;
  if (certificate.keys[0]?.expires !== renewal.expires) throw failed('its expiry did not move');
  return { armored, certificate, primary, after };
}

/** A subkey that cannot sign, or never ends by itself, ends with its primary. */
function ends(binding: Signature, subkey: PublicKey): boolean {
  return (flagsOf(binding) & MAY_SIGN) !== 0 && expiryOf(binding, subkey) !== null;
}

/** A signature like `former`, by `signer`, that gives `subject` the new expiry. */
function remade(
  former: Signature,
  subject: PublicKey,
  object: readonly Uint8Array[],
  unhashed: readonly Subpacket[],
  signer: PublicKey,
  secret: KeyObject,
  { expires, now }: Renewal,
): Packet {
  const critical = former.hashed.some((one) => one.type === SUBPACKET.keyExpires && one.critical);
  const lifetime =
    expires === null
      ? []
      : [{ type: SUBPACKET.keyExpires, critical, body: numberBytes(expires - subject.created, 4) }];
  const hashed = [
    { type: SUBPACKET.created, critical: false, body: numberBytes(later(former, now), 4) },
    ...lifetime,
    ...former.hashed.filter(({ type }) => type !== SUBPACKET.created && type !== SUBPACKET.keyExpires),
  ];
  return {
    tag: TAG.signature,
    body: signatureBody({ type: former.type, hashed, unhashed, object }, signer, secret),
  };
}

function later(former: Signature, now: number): number {
  return Math.max(now, (hashedNumber(former, SUBPACKET.created) ?? 0) + 1);
}

function withoutCross(binding: Signature): Signature {
  return { ...binding, hashed: binding.hashed.filter(({ type }) => type !== SUBPACKET.embedded) };
}

/** The cross-certification of a signing subkey, made anew; as it was where the subkey's secret part is not there: it says nothing of expiry. */
function crossed(binding: Signature, primary: PublicKey, subkey: PublicKey, renewal: Renewal): Subpacket[] {
  const embedded = [...binding.hashed, ...binding.unhashed].filter(({ type }) => type === SUBPACKET.embedded);
  const info = renewal.certificate.keys.find(({ fingerprint }) => fingerprint === subkey.fingerprint);
  const secret = info === undefined ? null : renewal.secretOf(info);
  const former = embedded[0] && readSignature(embedded[0].body);
  if (secret === null || !former) return embedded;
  const hashed = [
    { type: SUBPACKET.created, critical: false, body: numberBytes(later(former, renewal.now), 4) },
    ...former.hashed.filter(({ type }) => type !== SUBPACKET.created),
  ];
  const object = over.subkey(primary, subkey);
  const unhashed = issuerOf(subkey, former.hashed);
  const body = signatureBody({ type: TYPE.crossCertification, hashed, unhashed, object }, subkey, secret);
  return [{ type: SUBPACKET.embedded, critical: false, body }];
}

/** The issuer, for readers that look for it; none where it stands among the hashed subpackets. */
function issuerOf({ fingerprint }: PublicKey, hashed: readonly Subpacket[]): Subpacket[] {
  if (hashed.some(({ type }) => type === SUBPACKET.issuer)) return [];
  return [{ type: SUBPACKET.issuer, critical: false, body: Buffer.from(fingerprint, 'hex').subarray(-8) }];
}

/**
 * The packets of a secret key file with the new signatures in them, after what they replace, so that whatever is imported from it is renewed
 * too. Direct-key signatures by which the key would end are left out: they would have the last word elsewhere.
 */
export function renewedSecret(packets: readonly Packet[], { primary, after }: Renewed): Packet[] {
  const out: Packet[] = [];
  let pending: Packet | undefined;
  for (const packet of packets) {
    if (packet.tag === TAG.signature) {
      if (!endsKey(packet, primary)) out.push(packet);
      continue;
    }
    if (pending !== undefined) out.push(pending);
    out.push(packet);
    pending = after.find(({ tag, body }) =>
      tag === TAG.userId
        ? packet.tag === TAG.userId && Buffer.compare(packet.body, body) === 0
        : // A secret key packet begins with the whole of the public one.
          packet.tag === TAG.secretSubkey && Buffer.compare(packet.body.subarray(0, body.length), body) === 0,
    )?.signature;
  }
  return pending === undefined ? out : [...out, pending];
}

function endsKey({ body }: Packet, primary: PublicKey): boolean {
  const signature = readSignature(body);
  return (
    signature?.type === TYPE.direct &&
    hashedNumber(signature, SUBPACKET.keyExpires) !== null &&
    isRight(signature, over.key(primary), primary, OLD_HASHES)
  );
}

function failed(why: string): MpaError {
  return new MpaError('signer-failed', `the renewed key is not one that a ledger takes: ${why}`);
}
