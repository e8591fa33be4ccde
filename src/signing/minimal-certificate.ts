import { couldEverSign } from '../core/fitness.js';
import type { Certificate } from '../core/keys.js';
import { writeArmor } from './armor.js';
import { CERTIFICATE_AT_MOST, readCertificate, SUBKEYS_AT_MOST } from './certificate.js';
import { badKey, readExport, type ExportedKey, type Signed } from './export.js';
import { TAG, writePacket, type Packet } from './packets.js';
import { readPublicKey, type PublicKey } from './public-key.js';
import {
  crossProblem,
  expiryOf,
  flagsOf,
  isRight,
  MAY_SIGN,
  over,
  selfProblem,
  TYPE,
} from './self-signature.js';
import { bodiesOf, hashedNumber, SUBPACKET, writeSignature, type Signature } from './signature.js';
import { readUserId } from './user-id.js';
import { OLD_HASHES } from './verify.js';

/** A certificate as a policy lists it, and what of the exported key it leaves out, in words for people. */
export interface MinimalCertificate {
  readonly armored: string;
  readonly certificate: Certificate;
  readonly dropped: readonly string[];
}

interface UserIdChoice {
  readonly body: Uint8Array;
  readonly certification: Signature;
}

interface SubkeyChoice {
  readonly key: PublicKey;
  readonly binding: Signature;
  readonly revocation: Signature | null;
}

const NEW_KEY = 'Make a new key: mpa keygen';
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

/** The primary user id: alive, usable, marked as primary, newest; what comes first in that order decides. */
function chooseUserId({ primary: { signatures }, userIds }: ExportedKey, primary: PublicKey): UserIdChoice {
  const choices: (UserIdChoice & { usable: boolean; marked: boolean; at: number })[] = [];
  let revoked = 0;
  for (const signed of userIds) {
    const { body } = signed.packet;
    const certification = newest(certificationsOf(signed, primary));
    if (certification === undefined) continue;
    const at = madeAt(certification);
    const revocations = signed.signatures.filter(
      (signature) =>
        signature.type === TYPE.userIdRevocation &&
        isRight(signature, over.userId(primary, body), primary, OLD_HASHES),
    );
    if (revocations.some((revocation) => madeAt(revocation) >= at)) {
      revoked += 1;
      continue;
    }
    const { name, email } = readUserId(body);
    const marked = (bodiesOf(certification.hashed, SUBPACKET.primaryUserId)[0]?.[0] ?? 0) !== 0;
    choices.push({ body, certification, usable: name !== '' && email !== '', marked, at });
  }
  choices.sort(
    (a, b) => Number(b.usable) - Number(a.usable) || Number(b.marked) - Number(a.marked) || b.at - a.at,
  );
  const [best] = choices;
  if (best === undefined) {
    throw badKey(
      revoked > 0 ? 'every user id of the key is revoked' : 'the key has no user id that it signed itself',
      revoked > 0 ? NEW_KEY : 'Export it whole: gpg --armor --export FINGERPRINT',
    );
  }
  if (!best.usable) {
    throw badKey(
      'the key has no user id of the form Name <email> that a policy could take',
      `Add one: gpg --quick-add-uid ${primary.fingerprint} 'Name <email>'`,
    );
  }
  const problem = selfProblem(best.certification);
  if (problem !== null) {
    throw badKey(
      `the newest self-signature of the key ${problem}`,
      `Sign it anew: gpg --cert-digest-algo SHA512 --quick-set-expire ${primary.fingerprint} 2y`,
    );
  }
  refuseHiddenExpiry(signatures, primary, best.certification);
  return best;
}

/** A direct-key signature is no part of the minimal form: what ends the key there must stand on the user id too. */
function refuseHiddenExpiry(
  signatures: readonly Signature[],
  primary: PublicKey,
  certification: Signature,
): void {
  const direct = newest(
    signatures.filter(
      (signature) =>
        signature.type === TYPE.direct && isRight(signature, over.key(primary), primary, OLD_HASHES),
    ),
  );
  const end = direct === undefined ? null : expiryOf(direct, primary);
  const stated = expiryOf(certification, primary);
  if (end !== null && (stated === null || stated > end)) {
    throw badKey(
      'the key expires by a direct-key signature, and its user id does not say so',
      `Write it there too: gpg --quick-set-expire ${primary.fingerprint} DATE`,
    );
  }
}

/** A subkey with its newest binding, or why it is left out. */
function chooseSubkey({ packet, signatures }: Signed, primary: PublicKey): SubkeyChoice | string {
  const key = readPublicKey(packet.body);
  if (key === null) return 'a subkey that is not a well-formed version 4 key';
  const object = over.subkey(primary, key);
  const own = signatures.filter((signature) => isRight(signature, object, primary, OLD_HASHES));
  const binding = newest(own.filter(({ type }) => type === TYPE.binding));
  const out = (why: string): string => `subkey ${key.fingerprint}: ${why}`;
  if (binding === undefined) return out('no binding that is right');
  const problem =
    selfProblem(binding) ??
    ((flagsOf(binding) & MAY_SIGN) !== 0 ? crossProblem(binding, primary, key) : null);
  if (problem !== null) return out(`its newest binding ${problem}`);
  const revocation = newest(own.filter(({ type }) => type === TYPE.subkeyRevocation)) ?? null;
  if (revocation !== null && selfProblem(revocation) !== null) return out('revoked');
  return { key, binding, revocation };
}

/** The subkey that can be spared first: the last that cannot sign, else the last that is revoked, else the oldest. */
function spareSubkey(subkeys: readonly SubkeyChoice[]): SubkeyChoice | undefined {
  const signing = ({ binding }: SubkeyChoice): boolean => (flagsOf(binding) & MAY_SIGN) !== 0;
  const idle =
    subkeys.findLast((subkey) => !signing(subkey)) ??
    subkeys.findLast(({ revocation }) => revocation !== null);
  if (idle !== undefined) return idle;
  if (subkeys.length <= 1) return undefined;
  return [...subkeys].sort((a, b) => a.key.created - b.key.created)[0];
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

function certificationsOf({ packet, signatures }: Signed, primary: PublicKey): Signature[] {
  const object = over.userId(primary, packet.body);
  return signatures.filter(
    (signature) =>
      TYPE.certifications.some((type) => type === signature.type) &&
      isRight(signature, object, primary, OLD_HASHES),
  );
}

/** Of signatures of one second the last, as GnuPG has it; those without a creation time come first. */
function newest(signatures: readonly Signature[]): Signature | undefined {
  return signatures.toSorted((a, b) => madeAt(a) - madeAt(b)).at(-1);
}

function madeAt(signature: Signature): number {
  return hashedNumber(signature, SUBPACKET.created) ?? -1;
}

function signaturePacket(signature: Signature): Packet {
  const kept = signature.unhashed.filter(({ type }) => KEPT_UNHASHED.has(type));
  return { tag: TAG.signature, body: writeSignature(signature, kept) };
}
