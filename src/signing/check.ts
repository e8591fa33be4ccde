import type { SignatureQuestion, SignatureReading } from '../core/ports.js';
import { readArmor } from './armor.js';
import { readPackets, TAG } from './packets.js';
import { hashedNumber, readSignature, SUBPACKET, type Signature, type Subpacket } from './signature.js';
import { cover, HASHES, isBy, isByElsewhere, type Covered, type VerifyingKey } from './verify.js';

/** Seconds between a signature's own creation time and the event's `at`. Section 5.3. */
const SKEW_AT_MOST = 900;
const BINARY_DOCUMENT = 0x00;
const MAY_BE_CRITICAL: ReadonlySet<number> = new Set([
  SUBPACKET.created,
  SUBPACKET.issuer,
  SUBPACKET.issuerFingerprint,
]);
const MAY_BE_UNHASHED: ReadonlySet<number> = new Set([SUBPACKET.issuer, SUBPACKET.issuerFingerprint]);

/**
 * Form and mathematics of one signature (section 5.3), the keys tried one by one: a pure function of what it is given. It reads packets
 * itself and asks node:crypto, so that checking a ledger never loads an OpenPGP library.
 */
export function checkSignature<K extends VerifyingKey>(question: SignatureQuestion<K>): SignatureReading<K> {
  const form = readForm(question);
  if (!form.ok) return form;
  return only(question.keys.filter((key) => isBy(form.signature, form.covered, key)));
}

/** As `checkSignature`; the mathematics is done in node's own threads while this one goes on. */
export async function checkElsewhere<K extends VerifyingKey>(
  question: SignatureQuestion<K>,
): Promise<SignatureReading<K>> {
  const form = readForm(question);
  if (!form.ok) return form;
  const tried = await Promise.all(
    question.keys.map(async (key) => ((await isByElsewhere(form.signature, form.covered, key)) ? [key] : [])),
  );
  return only(tried.flat());
}

type Form =
  | { readonly ok: true; readonly signature: Signature; readonly covered: Covered }
  | (SignatureReading<never> & { readonly ok: false });

/** All that can be said of a signature before it is known whose it is. */
function readForm({ payload, armor, at }: SignatureQuestion<unknown>): Form {
  const bytes = readArmor(armor, 'SIGNATURE');
  if (bytes === null) return bad('its armor is not in the strict form');
  const packets = readPackets(bytes);
  const [packet] = packets ?? [];
  if (packets?.length !== 1 || packet?.tag !== TAG.signature)
    return bad('it is not one signature packet and nothing else');
  const signature = readSignature(packet.body);
  if (signature === null) return bad('it is not a well-formed version 4 signature');
  const problem = formProblem(signature, at);
  if (problem !== null) return bad(problem);
  const covered = cover(signature, [payload]);
  if (covered === null) return bad('its check octets do not fit what it should cover');
  return { ok: true, signature, covered };
}

/** All keys are tried: someone could list two made so that both verify one signature. */
function only<K>([key, ...more]: readonly K[]): SignatureReading<K> {
  if (key === undefined)
    return { ok: false, reason: 'wrong-key', detail: 'no key that the policy lists for the actor made it' };
  if (more.length > 0)
    return { ok: false, reason: 'wrong-key', detail: 'more than one key of the actor verifies it' };
  return { ok: true, key };
}

/** What section 5.3 demands of the packet itself, whoever made it. null: nothing is wrong. */
function formProblem(signature: Signature, at: number): string | null {
  if (signature.type !== BINARY_DOCUMENT) return 'it is not of type binary document';
  if (!HASHES.has(signature.hash)) return 'its hash is not SHA-256, SHA-384 or SHA-512';
  const created = hashedNumber(signature, SUBPACKET.created);
  if (created === null) return 'its creation time does not stand exactly once among the hashed subpackets';
  // Written so that a time that is no number is a no.
  if (!(Math.abs(created - at) <= SKEW_AT_MOST))
    return 'it was made more than 900 s away from the time of its event';
  return hashedProblem(signature.hashed) ?? unhashedProblem(signature.unhashed);
}

function hashedProblem(hashed: readonly Subpacket[]): string | null {
  if (hashed.some(({ type }) => type === SUBPACKET.expires)) return 'it carries an expiration time';
  const critical = hashed.find(({ type, critical }) => critical && !MAY_BE_CRITICAL.has(type));
  return critical ? `its subpacket ${String(critical.type)} is marked as critical` : null;
}

function unhashedProblem(unhashed: readonly Subpacket[]): string | null {
  const stray = unhashed.find(({ type }) => !MAY_BE_UNHASHED.has(type));
  return stray ? `its subpacket ${String(stray.type)} stands where nothing protects it` : null;
}

function bad(detail: string): SignatureReading<never> & { readonly ok: false } {
  return { ok: false, reason: 'bad-signature', detail };
}
