import { badKey, type ExportedKey, type Signed } from './export.js';
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
import { bodiesOf, hashedNumber, SUBPACKET, type Signature } from './signature.js';
import { readUserId } from './user-id.js';
import { OLD_HASHES } from './verify.js';

/** The user id that a minimal certificate keeps. */
export interface UserIdChoice {
  readonly body: Uint8Array;
  readonly certification: Signature;
}

/** A subkey that a minimal certificate could keep. */
export interface SubkeyChoice {
  readonly key: PublicKey;
  readonly binding: Signature;
  readonly revocation: Signature | null;
}

/** What to do where a key cannot be mended. */
export const NEW_KEY = 'Make a new key: mpa keygen';

/** The primary user id: alive, usable, marked as primary, newest; what comes first in that order decides. */
export function chooseUserId(
  { primary: { signatures }, userIds }: ExportedKey,
  primary: PublicKey,
): UserIdChoice {
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
export function chooseSubkey({ packet, signatures }: Signed, primary: PublicKey): SubkeyChoice | string {
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
export function spareSubkey(subkeys: readonly SubkeyChoice[]): SubkeyChoice | undefined {
  const signing = ({ binding }: SubkeyChoice): boolean => (flagsOf(binding) & MAY_SIGN) !== 0;
  const idle =
    subkeys.findLast((subkey) => !signing(subkey)) ??
    subkeys.findLast(({ revocation }) => revocation !== null);
  if (idle !== undefined) return idle;
  if (subkeys.length <= 1) return undefined;
  return [...subkeys].sort((a, b) => a.key.created - b.key.created)[0];
}

/** The self-certifications of a user id that are right, whatever their hash and form. */
export function certificationsOf({ packet, signatures }: Signed, primary: PublicKey): Signature[] {
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
