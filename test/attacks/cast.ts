import type { Policy, Rule } from '../../src/core/policy-document.js';
import {
  armoredKey,
  binding,
  BORN,
  certification,
  cross,
  flags,
  keyRevocation,
  packet,
  sub,
  subkeyRevocation,
  testKey,
  userIdRevocation,
  type Bend as CertificateBend,
  type Kind,
  type TestKey,
} from '../signing/support/build.js';
import type { Actor } from './bent.js';

const CERTIFY = flags(0x01);
const SIGN = flags(0x02);

function actor(handle: string, key: TestKey, certificate: readonly Uint8Array[]): Actor {
  const name = `${handle.charAt(0).toUpperCase()}${handle.slice(1)} Example`;
  const listed = { type: 'openpgp', public: armoredKey(...certificate) } as const;
  return { handle, name, email: `${handle}@example.org`, key, listed };
}

/** The certificate of a primary key, bent, with what stands between it and its user id, after that, and its subkeys. */
function certificate(
  key: TestKey,
  handle: string,
  bend: CertificateBend = {},
  more: {
    readonly revocation?: boolean;
    readonly idRevocation?: boolean;
    readonly subkeys?: readonly Uint8Array[];
  } = {},
): Uint8Array[] {
  const id = Buffer.from(`${handle} <${handle}@example.org>`);
  return [
    packet(6, key.body),
    ...(more.revocation === true ? [keyRevocation(key)] : []),
    packet(13, id),
    certification(key, bend, id),
    ...(more.idRevocation === true ? [userIdRevocation(key, {}, id)] : []),
    ...(more.subkeys ?? []),
  ];
}

/** Somebody with one key of that kind, which may sign. */
export function plain(handle: string, kind: Kind = 'ed25519', created = BORN): Actor {
  const key = testKey(kind, created);
  const bend = created === BORN ? {} : { hashed: [sub(2, created), flags(0x03)] };
  return actor(handle, key, certificate(key, handle, bend));
}

/** Another certificate of the same key material, for another handle. */
export function relisted({ key }: Actor, handle: string): Actor {
  return actor(handle, key, certificate(key, handle));
}

/** A subkey that may sign, bound to `primary`. */
function signing(
  primary: TestKey,
  subkey: TestKey,
  more: readonly ReturnType<typeof sub>[] = [],
): Uint8Array[] {
  return [packet(14, subkey.body), binding(primary, subkey, { hashed: [sub(2, BORN), SIGN, ...more] })];
}

/** People whose keys are not, or not all, fit; `with` the key that signs for them. */
function unfit(now: number): Record<string, Actor> {
  const expiry = (at: number): ReturnType<typeof sub> => sub(9, at - BORN);
  const both = flags(0x03);
  const expired = testKey('ed25519');
  const toTheSecond = testKey('ed25519');
  const revoked = testKey('ed25519');
  const disowned = testKey('ed25519');
  const [primary, signs, encrypts, ended, late] = [
    testKey('ed25519'),
    testKey('ed25519'),
    testKey('ed25519'),
    testKey('ed25519'),
    testKey('ed25519'),
  ];
  const many = actor(
    'many',
    signs,
    certificate(
      primary,
      'many',
      { hashed: [sub(2, BORN), CERTIFY] },
      {
        subkeys: [
          ...signing(primary, signs),
          packet(14, encrypts.body),
          binding(primary, encrypts, { hashed: [sub(2, BORN), flags(0x0c)], unhashed: [] }),
          ...signing(primary, ended),
          subkeyRevocation(primary, ended),
          ...signing(primary, late, [expiry(now - 60)]),
        ],
      },
    ),
  );
  const [lapsed, lapsedSub, gone, goneSub] = [
    testKey('ed25519'),
    testKey('ed25519'),
    testKey('ed25519'),
    testKey('ed25519'),
  ];
  return {
    many,
    'many-primary': { ...many, key: primary },
    'many-encrypts': { ...many, key: encrypts },
    'many-ended': { ...many, key: ended },
    'many-late': { ...many, key: late },
    expired: actor(
      'expired',
      expired,
      certificate(expired, 'expired', { hashed: [sub(2, BORN), both, expiry(now - 60)] }),
    ),
    instant: actor(
      'instant',
      toTheSecond,
      certificate(toTheSecond, 'instant', { hashed: [sub(2, BORN), both, expiry(now)] }),
    ),
    revoked: actor('revoked', revoked, certificate(revoked, 'revoked', {}, { revocation: true })),
    disowned: actor('disowned', disowned, certificate(disowned, 'disowned', {}, { idRevocation: true })),
    unborn: plain('unborn', 'ed25519', now + 1000),
    lapsed: actor(
      'lapsed',
      lapsedSub,
      certificate(
        lapsed,
        'lapsed',
        { hashed: [sub(2, BORN), both, expiry(now - 60)] },
        { subkeys: signing(lapsed, lapsedSub) },
      ),
    ),
    gone: actor(
      'gone',
      goneSub,
      certificate(gone, 'gone', {}, { revocation: true, subkeys: signing(gone, goneSub) }),
    ),
  };
}

/** Certificates that no policy may list, by what is wrong with each. */
export function badCertificates(): Record<string, string> {
  const handle = 'newcomer';
  const key = testKey('ed25519');
  const [weak, koblitz, brain] = [testKey('rsa1024'), testKey('secp256k1'), testKey('brainpool')];
  const other = testKey('ed25519');
  const armored = (packets: readonly Uint8Array[]): string => armoredKey(...packets);
  const good = certificate(key, handle);
  const id = Buffer.from('somebody else <else@example.org>');
  return {
    'RSA of 1024 bits': armored(certificate(weak, handle)),
    'a curve of coins': armored(certificate(koblitz, handle)),
    'a Brainpool curve': armored(certificate(brain, handle)),
    'two user ids': armored([...good, packet(13, id), certification(key, {}, id)]),
    'a certification by somebody else': armored(certificate(key, handle, { by: other })),
    'a certification with SHA-1': armored(certificate(key, handle, { hash: 2 })),
    'a certification that expires': armored(
      certificate(key, handle, { hashed: [sub(2, BORN), flags(0x03), sub(3, 60)] }),
    ),
    'a designated revoker': armored(
      certificate(key, handle, {
        hashed: [
          sub(2, BORN),
          flags(0x03),
          sub(12, Buffer.concat([Buffer.of(0x80, 22), Buffer.alloc(20, 7)])),
        ],
      }),
    ),
    'an unknown critical subpacket': armored(
      certificate(key, handle, { hashed: [sub(2, BORN), flags(0x03), sub(99, 1, true)] }),
    ),
    'no key that may sign': armored(certificate(key, handle, { hashed: [sub(2, BORN), CERTIFY] })),
    'a signing subkey without cross-certification': armored([
      ...good,
      packet(14, other.body),
      binding(key, other, { unhashed: [] }),
    ]),
    'a borrowed subkey: the cross-certification is by the primary itself': armored([
      ...good,
      packet(14, other.body),
      binding(key, other, { unhashed: [sub(32, cross(key, other, { by: key }))] }),
    ]),
    'nine subkeys': armored([
      ...good,
      ...Array.from({ length: 9 }, () => signing(key, testKey('ed25519'))).flat(),
    ]),
    'a packet of another kind at its end': armored([...good, packet(10, Buffer.from('PGP'))]),
    'no user id': armored([packet(6, key.body)]),
    'text before the armor': `Comment\n${armored(good)}`,
  };
}

export type Cast = Readonly<Record<string, Actor>>;

/** Everybody who is listed somewhere, and `mallory`, who is not; the executor is `ci`, `guest` a member outside the team. */
export function castOf(now: number): Cast {
  return {
    alice: plain('alice'),
    bob: plain('bob'),
    carl: plain('carl', 'ed25519-27'),
    dave: plain('dave', 'p256'),
    dora: plain('dora', 'p384'),
    dean: plain('dean', 'p521'),
    erin: plain('erin', 'rsa2048'),
    guest: plain('guest'),
    ci: plain('ci'),
    mallory: plain('mallory'),
    ...unfit(now),
  };
}

const limits = {
  approvals: [{ count: 1, from: ['team'] }],
  maxDuration: 28_800,
  maxPending: 172_800,
  maxUses: 10,
};

const RULES: readonly Rule[] = [
  {
    name: 'careful',
    match: { command: ['careful', '**'] },
    requesters: ['alice'],
    approvals: limits.approvals,
    maxDuration: 3600,
    maxPending: 7200,
    maxUses: 1,
    justification: { minLength: 10 },
    ticket: { pattern: 'OPS-*' },
    env: ['STAGE'],
    stdin: ['none'],
    pins: ['*.sql'],
  },
  { name: 'robot', match: { command: ['robot', '**'] }, ...limits, executors: ['ci'] },
  { name: 'doors', match: { access: 'door/*' }, ...limits, approvals: [{ count: 2, from: ['team'] }] },
  { name: 'standard', match: { command: ['*', '**'] }, ...limits },
];

/** All of the cast but `mallory`; the team is whoever may approve. `own`: the key with which mpa itself signs for alice. */
export function policyFor(cast: Cast, own: Policy['members'][string]['keys']): Policy {
  const people = Object.entries(cast).filter(
    ([name, { handle }]) => name === handle && name !== 'mallory' && name !== 'ci',
  );
  const party = ({ name, email, listed, handle }: Actor) => ({
    name,
    email,
    keys: handle === 'alice' ? [listed, ...own] : [listed],
  });
  const { ci } = cast;
  return {
    protocol: 1,
    members: Object.fromEntries(people.map(([handle, actor]) => [handle, party(actor)])),
    executors: ci === undefined ? {} : { ci: party(ci) },
    groups: { team: people.map(([handle]) => handle).filter((handle) => handle !== 'guest') },
    rules: RULES,
    changes: [{ count: 1, from: ['team'] }],
  };
}
