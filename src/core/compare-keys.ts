import { sameText, type Difference } from './compare-difference.js';
import type { KeyInfo } from './keys.js';
import type { Executor } from './policy-document.js';
import { dayText, listText } from './weigh-words.js';

/** One certificate of a member or executor: its text, and its keys as they were read, the primary first. */
interface Held {
  readonly text: string;
  readonly keys: readonly KeyInfo[];
}

/** A ring lists the keys of all certificates of a handle, one after the other, each with its primary first. */
function heldBy(entry: Executor, ring: readonly KeyInfo[]): Held[] {
  const starts = ring.flatMap((key, i) => (key.primary === null ? [i] : []));
  return entry.keys.map(({ public: text }, i) => {
    // Where certificates could not be read, nothing says which key is whose.
    if (starts.length !== entry.keys.length) return { text, keys: [] };
    return { text, keys: ring.slice(starts[i], starts[i + 1]) };
  });
}

function expiryText(expires: number | null): string {
  return expires === null ? 'never expires' : `expires ${dayText(expires)}`;
}

/** `0123..CDEF (ed25519, expires 2027-03-01)`. */
function keyText({ keys }: Held): string {
  const [primary] = keys;
  if (primary === undefined) return '(could not be read)';
  const revoked = primary.revoked ? ', revoked' : '';
  return `${primary.fingerprint} (${primary.algorithmName}, ${expiryText(primary.expires)}${revoked})`;
}

/** A certificate is the same one as long as its primary's material is. */
function identityOf({ text, keys }: Held): string {
  return keys[0]?.material ?? text;
}

/** What changed in one key of a certificate that stays; `name`: `the key`, `its subkey FPR`. */
function fateChanges(name: string, was: KeyInfo, is: KeyInfo): string[] {
  const longer = is.expires === null || (was.expires !== null && is.expires > was.expires);
  return [
    ...(is.revoked && !was.revoked ? [`${name} is revoked`] : []),
    ...(was.revoked && !is.revoked ? [`${name} is no longer revoked`] : []),
    ...(is.expires === was.expires
      ? []
      : [
          `${name} ${longer ? 'is renewed' : 'ends earlier'}: ${expiryText(is.expires)}, was: ${expiryText(was.expires)}`,
        ]),
    ...(is.maySign === was.maySign ? [] : [`${name} may ${is.maySign ? 'now' : 'no longer'} sign`]),
    ...(is.fingerprint === was.fingerprint
      ? []
      : [`${name} is the same material under another fingerprint, ${is.fingerprint}`]),
  ];
}

/** One certificate whose primary stays, written anew. */
function renewed(was: Held, is: Held): string {
  const before = new Map(was.keys.map((key) => [key.material, key]));
  const after = new Set(is.keys.map(({ material }) => material));
  const changes = is.keys.flatMap((key) => {
    const name = key.primary === null ? 'it' : `its subkey ${key.fingerprint}`;
    const same = before.get(key.material);
    return same === undefined ? [`${name} is added (${key.algorithmName})`] : fateChanges(name, same, key);
  });
  const gone = was.keys.filter(({ material }) => !after.has(material));
  const all = [...changes, ...gone.map(({ fingerprint }) => `its subkey ${fingerprint} is removed`)];
  const fingerprint = was.keys[0]?.fingerprint ?? '';
  return `the key ${fingerprint}: ${all.length === 0 ? 'its certificate is written anew, with the same keys' : listText(all)}`;
}

/** The keys of one who joins: `with the key ..`. */
export function keysText(entry: Executor, ring: readonly KeyInfo[]): string {
  const held = heldBy(entry, ring).map(keyText);
  return `with the ${held.length === 1 ? 'key' : 'keys'} ${listText(held)}`;
}

/** What changes in the keys of one who stays. Rings as in PolicyRecord. Each text is safe to show. */
export function keyDifferences(
  about: string,
  before: { readonly entry: Executor; readonly ring: readonly KeyInfo[] },
  after: { readonly entry: Executor; readonly ring: readonly KeyInfo[] },
): Difference[] {
  const [was, is] = [heldBy(before.entry, before.ring), heldBy(after.entry, after.ring)];
  const old = new Map(was.map((held) => [identityOf(held), held]));
  const kept = new Set(is.map(identityOf));
  const gone = was.filter((held) => !kept.has(identityOf(held)));
  const come = is.filter((held) => !old.has(identityOf(held)));
  const words: string[] = [];
  const [lost, found] = [gone[0], come[0]];
  if (lost !== undefined && found !== undefined && gone.length === 1 && come.length === 1) {
    words.push(`the key ${keyText(lost)} is replaced by the key ${keyText(found)}`);
  } else {
    words.push(...gone.map((held) => `the key ${keyText(held)} is removed`));
    words.push(...come.map((held) => `the key ${keyText(held)} is added`));
  }
  for (const held of is) {
    const same = old.get(identityOf(held));
    if (same !== undefined && same.text !== held.text) words.push(renewed(same, held));
  }
  if (words.length === 0 && !sameText(before.entry.keys, after.entry.keys)) {
    return [{ weight: 'other', about, words: 'the same keys are listed in another way' }];
  }
  return words.map((text) => ({ weight: 'key', about, words: text }));
}
