import { couldEverSign } from '../core/fitness.js';
import type { Certificate } from '../core/keys.js';
import { writeArmor } from './armor.js';
import { CERTIFICATE_AT_MOST, readCertificate, SUBKEYS_AT_MOST } from './certificate.js';
import {
  certificationsOf,
  chooseSubkey,
  chooseUserId,
  NEW_KEY,
  spareSubkey,
  type SubkeyChoice,
  type UserIdChoice,
} from './choose.js';
import { badKey, readExport, type ExportedKey } from './export.js';
import { TAG, writePacket, type Packet } from './packets.js';
import { readPublicKey, type PublicKey } from './public-key.js';
import { isRight, over, TYPE } from './self-signature.js';
import { bodiesOf, SUBPACKET, writeSignature, type Signature } from './signature.js';
import { OLD_HASHES } from './verify.js';

/** A certificate as a policy lists it, and what of the exported key it leaves out, in words for people. */
export interface MinimalCertificate {
  readonly armored: string;
  readonly certificate: Certificate;
  readonly dropped: readonly string[];
}

const KEPT_UNHASHED: ReadonlySet<number> = new Set([
  SUBPACKET.issuer,
  SUBPACKET.issuerFingerprint,
  SUBPACKET.embedded,
]);

/**
 * Makes the minimal certificate of section 5 out of one exported public key, armored or binary: its primary user id
 * with the newest self-certification, and each subkey with its newest binding. Errors: `bad-key`, with what to do.
 */
export function minimalCertificate(bytes: Uint8Array): Promise<MinimalCertificate> {
  return Promise.resolve().then(() => makeMinimal(readExport(bytes)));
}

function makeMinimal(exported: ExportedKey): MinimalCertificate {
  const primary = readPrimary(exported.primary.packet);
  refuseRevoked(exported, primary);
  const userId = chooseUserId(exported, primary);
  const dropped: string[] = [];
  const subkeys: SubkeyChoice[] = [];
  for (const signed of exported.subkeys) {
    const choice = chooseSubkey(signed, primary);
    if (typeof choice === 'string') dropped.push(choice);
    else subkeys.push(choice);
  }
  for (;;) {
    const armored = assemble(primary, userId, subkeys);
    if (subkeys.length <= SUBKEYS_AT_MOST && armored.length <= CERTIFICATE_AT_MOST) {
      return finished(armored, dropped);
    }
    const spare = spareSubkey(subkeys);
    if (spare === undefined) throw badKey('the key does not fit into 16 KiB', NEW_KEY);
    subkeys.splice(subkeys.indexOf(spare), 1);
    dropped.push(`subkey ${spare.key.fingerprint}: left out for size`);
  }
}

function readPrimary(packet: Packet): PublicKey {
  const version = packet.body[0];
  if (version !== 4)
    throw badKey(`the key is of OpenPGP version ${String(version)}, and only version 4 is read`, NEW_KEY);
  const primary = readPublicKey(packet.body);
  if (primary === null) throw badKey('the key is broken: its numbers do not add up', NEW_KEY);
  if (!primary.strong) {
    const taken = 'RSA of 2048 to 8192 bits, NIST P-256, P-384 and P-521, and Ed25519 are accepted';
    throw badKey(`the key is ${primary.algorithmName}, and only ${taken}`, NEW_KEY);
  }
  return primary;
}

/** Revocations with old hashes count here too: this page must not make a key look alive that its owner ended. */
function refuseRevoked({ primary: { signatures }, userIds }: ExportedKey, primary: PublicKey): void {
  const own = signatures.filter((signature) => isRight(signature, over.key(primary), primary, OLD_HASHES));
  if (own.some(({ type }) => type === TYPE.keyRevocation)) throw badKey('the key is revoked', NEW_KEY);
  const certifications = userIds.flatMap((signed) => certificationsOf(signed, primary));
  if (
    [...own, ...certifications].some(({ hashed }) => bodiesOf(hashed, SUBPACKET.designatedRevoker).length > 0)
  ) {
    throw badKey('the key names a designated revoker: somebody else could revoke it unseen', NEW_KEY);
  }
}

function assemble(
  primary: PublicKey,
  { body, certification }: UserIdChoice,
  subkeys: readonly SubkeyChoice[],
): string {
  const packets = [
    { tag: TAG.publicKey, body: primary.body },
    { tag: TAG.userId, body },
    signaturePacket(certification),
  ];
  for (const { key, binding, revocation } of subkeys) {
    packets.push({ tag: TAG.publicSubkey, body: key.body }, signaturePacket(binding));
    if (revocation !== null) packets.push(signaturePacket(revocation));
  }
  return writeArmor(Buffer.concat(packets.map(writePacket)), 'PUBLIC KEY BLOCK');
}

/** What a reader of ledgers would say has the last word. */
function finished(armored: string, dropped: readonly string[]): MinimalCertificate {
  const reading = readCertificate(armored);
  if (!reading.ok) throw badKey(`no minimal certificate can be made of the key: ${reading.problem}`, NEW_KEY);
  const { certificate } = reading;
  if (!certificate.keys.some((key) => couldEverSign(key) && !key.revoked)) {
    const why = dropped.length > 0 ? ` (${dropped.join('; ')})` : '';
    throw badKey(
      `the key cannot sign${why}`,
      'Add a signing subkey (gpg --quick-add-key FINGERPRINT ed25519 sign), or make a new key: mpa keygen',
    );
  }
  return { armored, certificate, dropped };
}

function signaturePacket(signature: Signature): Packet {
  const kept = signature.unhashed.filter(({ type }) => KEPT_UNHASHED.has(type));
  return { tag: TAG.signature, body: writeSignature(signature, kept) };
}
