import { numberBytes } from '../../src/signing/packets.js';
import { littleEndian, readNumbers, writeNumber } from '../../src/signing/numbers.js';
import { bytes, packet, sub } from '../signing/support/build.js';
import { created, type Bend } from './bent.js';
import { bends, counting, suite } from './tried.js';
import { now } from '../support/hands.js';

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The same Ed25519 signature once more: S is larger by the order. RFC 8032 forbids it. */
function larger(numbers: Uint8Array): Uint8Array {
  const [r, s] = readNumbers(numbers, 0, 2)?.values ?? [];
  if (r === undefined || s === undefined) throw new Error('not two numbers');
  let value = littleEndian(Buffer.concat([Buffer.alloc(32 - s.length), s])) + ORDER;
  const octets = Buffer.alloc(32);
  for (let at = 0; at < 32; at += 1, value >>= 8n) octets[at] = Number(value & 255n);
  return bytes(writeNumber(r), writeNumber(octets));
}

const zero = (): Uint8Array => bytes(writeNumber(Buffer.of(0)), writeNumber(Buffer.of(0)));
const more = (...subpackets: ReturnType<typeof sub>[]) => ({
  spec: { hashed: [created(now()), ...subpackets] },
});
const notation = bytes(numberBytes(0, 4), numberBytes(1, 2), numberBytes(1, 2), '6161');

const PACKETS = bends([
  ['§5.3', 'a signature over text', 'bad-signature', { spec: { type: 0x01 } }],
  ['§5.3', 'a signature that stands alone', 'bad-signature', { spec: { type: 0x02 } }],
  ['§5.3', 'a certification in its place', 'bad-signature', { spec: { type: 0x13 } }],
  ['§5.3', 'MD5', 'bad-signature', { spec: { hash: 1 } }],
  ['§5.3', 'SHA-1', 'bad-signature', { spec: { hash: 2 } }],
  ['§5.3', 'RIPEMD-160', 'bad-signature', { spec: { hash: 3 } }],
  ['§5.3', 'SHA-224', 'bad-signature', { spec: { hash: 11 } }],
  ['§5.3', 'SHA3-256', 'bad-signature', { spec: { hash: 12 } }],
  ['§5.3', 'a hash of no known number', 'bad-signature', { spec: { hash: 99 } }],
  ['§5.3', 'version 3', 'bad-signature', { spec: { version: 3 } }],
  ['§5.3', 'version 5', 'bad-signature', { spec: { version: 5 } }],
  ['§5.3', 'version 6', 'bad-signature', { spec: { version: 6 } }],
  ['§5.3', 'wrong check octets', 'bad-signature', { spec: { check: Buffer.of(0, 0) } }],
  ['§5.3', 'no creation time', 'bad-signature', { spec: { hashed: [] } }],
  ['§5.3', 'two creation times', 'bad-signature', () => more(created(now()))],
  [
    '§5.3',
    'a creation time where nothing protects it',
    'bad-signature',
    () => ({ spec: { hashed: [], unhashed: [created(now())] } }),
  ],
  [
    '§5.3',
    'a second creation time where nothing protects it',
    'bad-signature',
    () => ({ spec: { unhashed: [created(now())] } }),
  ],
  [
    '§5.3',
    'a creation time of three octets',
    'bad-signature',
    () => ({ spec: { hashed: [sub(2, bytes('010203'))] } }),
  ],
  ['§5.3', 'made 901 s after', 'bad-signature', () => ({ spec: { made: now() + 930 } })],
  ['§5.3', 'made 901 s before', 'bad-signature', () => ({ spec: { made: now() - 930 } })],
  ['§5.3', 'an expiration time', 'bad-signature', () => more(sub(3, 3600))],
  ['§5.3', 'an expiration time of never', 'bad-signature', () => more(sub(3, 0))],
  ['§5.3', 'a critical notation', 'bad-signature', () => more(sub(20, notation, true))],
  ['§5.3', 'a critical subpacket that nobody knows', 'bad-signature', () => more(sub(99, 1, true))],
  ['§5.3', 'critical key flags', 'bad-signature', () => more(sub(27, Buffer.of(2), true))],
  [
    '§5.3',
    'a notation where nothing protects it',
    'bad-signature',
    { spec: { unhashed: [sub(20, notation)] } },
  ],
  [
    '§5.3',
    'an embedded signature where nothing protects it',
    'bad-signature',
    { spec: { unhashed: [sub(32, Buffer.of(4))] } },
  ],
  ['§5.3', 'two signatures', 'bad-signature', { packets: (one) => bytes(one, one) }],
  [
    '§5.3',
    'a marker packet before it',
    'bad-signature',
    { packets: (one) => bytes(packet(10, Buffer.from('PGP')), one) },
  ],
  [
    '§5.3',
    'a literal packet after it',
    'bad-signature',
    { packets: (one) => bytes(one, packet(11, Buffer.from('b\0\0\0\0\0x'))) },
  ],
  [
    '§5.3',
    'a padding packet after it',
    'bad-signature',
    { packets: (one) => bytes(one, packet(21, Buffer.of(0))) },
  ],
  ['§5.3', 'one octet after it', 'bad-signature', { packets: (one) => bytes(one, 0) }],
  ['§5.3', 'its last octet missing', 'bad-signature', { packets: (one) => one.subarray(0, -1) }],
  [
    '§5.3',
    'no packet',
    'bad-signature',
    { armor: () => '-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----' },
  ],
]);

const lines = (armor: string): string[] => armor.split('\n');

const ARMOR = bends([
  ['§5.3', 'an armor header', 'bad-signature', { armor: (text) => text.replace('\n\n', '\nVersion: 1\n\n') }],
  [
    '§5.3',
    'a comment in the armor',
    'bad-signature',
    { armor: (text) => text.replace('\n\n', '\nComment: trust me\n\n') },
  ],
  ['§5.3', 'text before the armor', 'bad-signature', { armor: (text) => `Signed by Bob\n${text}` }],
  ['§5.3', 'text after the armor', 'bad-signature', { armor: (text) => `${text}\nSigned by Bob` }],
  ['§5.3', 'an empty line after the armor', 'bad-signature', { armor: (text) => `${text}\n ` }],
  [
    '§5.3',
    'a space at the end of the first line',
    'bad-signature',
    { armor: (text) => text.replace('-----\n', '----- \n') },
  ],
  ['§5.3', 'another label', 'bad-signature', { armor: (text) => text.replaceAll('SIGNATURE', 'MESSAGE') }],
  ['§5.3', 'no first line', 'bad-signature', { armor: (text) => lines(text).slice(1).join('\n') }],
  ['§5.3', 'no last line', 'bad-signature', { armor: (text) => lines(text).slice(0, -1).join('\n') }],
  ['§5.3', 'no empty line', 'bad-signature', { armor: (text) => text.replace('\n\n', '\n') }],
  ['§5.3', 'a wrong CRC-24', 'bad-signature', { armor: (text) => text.replace(/\n=....\n/, '\n=AAAA\n') }],
  ['§5.3', 'lines of 77 characters', 'bad-signature', { armor: (text) => wrapped(text, 77) }],
  [
    '§5.3',
    'spaces in the base64',
    'bad-signature',
    { armor: (text) => text.replace(/\n\n..../, (all) => `${all} `) },
  ],
  [
    '§5.3',
    'base64 in the alphabet of addresses',
    'bad-signature',
    { armor: (text) => text.replace(/\n\n(.)/, '\n\n-') },
  ],
  ['§5.3', 'padding too much', 'bad-signature', { armor: (text) => text.replace(/\n(=....\n)/, '=\n$1') }],
  ['§5.3', 'unused bits that are not zero', 'bad-signature', { armor: loose }],
]);

/** The same armor with base64 lines of that many characters. */
function wrapped(text: string, width: number): string {
  const all = lines(text);
  const body = all.slice(2, -2).join('');
  return [...all.slice(0, 2), ...(body.match(new RegExp(`.{1,${width}}`, 'g')) ?? []), ...all.slice(-2)].join(
    '\n',
  );
}

/** The last digit before the padding carries bits that no octet takes. */
function loose(text: string): string {
  const bent = text
    .replace(/\n=....\n/, '\n')
    .replace(/([A-Za-z0-9+/])(=+)\n/, (_, digit: string, pad: string) => `${next(digit)}${pad}\n`);
  // Where nothing is padded there is no such bit: a stray digit does as well.
  return bent.includes('=') ? bent : bent.replace('\n-----END', 'A\n-----END');
}

function next(digit: string): string {
  const all = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return all.charAt(all.indexOf(digit) + 1);
}

const WHO = bends([
  ['§5.3', 'a signature of somebody else', 'wrong-key', (on) => ({ by: on.actor('carl') })],
  ['§5.3', 'a signature of the requester', 'wrong-key', (on) => ({ by: on.actor('alice') })],
  ['§5.3', 'a signature of an executor', 'wrong-key', (on) => ({ by: on.actor('ci') })],
  ['§5.3', 'a signature of nobody listed', 'wrong-key', (on) => ({ by: on.actor('mallory') })],
  [
    '§5.3',
    "nobody's signature that claims Bob's key as its issuer",
    'wrong-key',
    (on) => ({
      by: on.actor('mallory'),
      spec: { hashed: [created(now()), sub(33, bytes(4, on.actor('bob').key.public.fingerprint))] },
    }),
  ],
  [
    '§5.3',
    'a signature of a rightful approver in the name of another',
    'wrong-key',
    (on) => ({ by: on.actor('erin') }),
  ],
  ['§5.3', 'a payload of one more newline', 'bad-signature', { signs: (payload) => `${payload}\n` }],
  [
    '§5.3',
    'a payload without its last newline',
    'bad-signature',
    { signs: (payload) => payload.slice(0, -1) },
  ],
  [
    '§5.3',
    'line ends of another system under the signature',
    'bad-signature',
    { signs: (payload) => payload.replaceAll('\n', '\r\n') },
  ],
  [
    '§5.3',
    'only the message under the signature',
    'bad-signature',
    { signs: (payload) => payload.slice(payload.indexOf('\n\n') + 2) },
  ],
  [
    '§5.3',
    'another tree under the signature',
    'bad-signature',
    { signs: (payload) => payload.replace(/^tree ..../, 'tree 0000') },
  ],
  [
    '§5.3',
    'another request under the signature',
    'bad-signature',
    (on) => ({ signs: (payload) => payload.replace(on.id, 'ab'.repeat(32)) }),
  ],
  ['§5.3', 'S above the order, Ed25519', 'wrong-key', { spec: { numbers: larger } }],
  [
    '§5.3',
    'a third number, Ed25519',
    'wrong-key',
    { spec: { numbers: (two) => bytes(two, writeNumber(Buffer.of(1))) } },
  ],
  ['§5.3', 'R and S of zero, Ed25519', 'wrong-key', { spec: { numbers: zero } }],
  [
    '§5.3',
    'an octet too many, native Ed25519',
    'wrong-key',
    { spec: { numbers: (all) => bytes(all, 0) } },
    'carl',
  ],
  ['§5.3', 'r and s of zero, P-256', 'wrong-key', { spec: { numbers: zero } }, 'dave'],
  ['§5.3', 'r and s of zero, P-521', 'wrong-key', { spec: { numbers: zero } }, 'dean'],
  [
    '§5.3',
    'a number of one, P-384',
    'wrong-key',
    { spec: { numbers: () => bytes(writeNumber(Buffer.of(1)), writeNumber(Buffer.of(1))) } },
    'dora',
  ],
  [
    '§5.3',
    'a number of one, RSA',
    'wrong-key',
    { spec: { numbers: () => writeNumber(Buffer.of(1)) } },
    'erin',
  ],
  [
    '§5.3',
    'a number longer than the modulus, RSA',
    'wrong-key',
    { spec: { numbers: () => writeNumber(Buffer.alloc(300, 0xff)) } },
    'erin',
  ],
  [
    '§5.3',
    'the number of an algorithm that is not that of the key',
    'wrong-key',
    { spec: { algorithm: 27 } },
  ],
  ['§5.3', 'the number of no algorithm', 'wrong-key', { spec: { algorithm: 99 } }],
  ['§5.3', 'DSA over an Ed25519 key', 'wrong-key', { spec: { algorithm: 17 } }],
]);

/** What may vary, and who may sign: each counts, so that the rows above are refused for what they say and not for their company. */
const ALLOWED: readonly (readonly [title: string, bend: Bend, who?: string])[] = [
  ['Ed25519', {}, 'bob'],
  ['native Ed25519', {}, 'carl'],
  ['P-256', {}, 'dave'],
  ['P-384', {}, 'dora'],
  ['P-521', {}, 'dean'],
  ['RSA', {}, 'erin'],
  ['a subkey', {}, 'many'],
  ['SHA-384', { spec: { hash: 9 } }],
  ['SHA-512', { spec: { hash: 10 } }],
  ['no CRC-24', { armor: (text) => text.replace(/\n=....\n/, '\n') }],
  ['lines of 76 characters', { armor: (text) => wrapped(text, 76) }],
  ['a notation under the signature, not critical', { spec: { hashed: [created(now()), sub(20, notation)] } }],
  ['made 890 s after', { spec: { made: now() + 890 } }],
];

suite('packets', PACKETS);
suite('armor', ARMOR);
suite('who signed what', WHO);
counting('what may vary', ALLOWED);
