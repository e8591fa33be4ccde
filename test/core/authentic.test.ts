import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  authenticate,
  certificatesIn,
  type Evidence,
  type Judgement,
  type Place,
} from '../../src/core/authentic.js';
import { messageOf } from '../../src/core/canonical.js';
import { commitPayload, objectName, signedCommit } from '../../src/core/commit.js';
import type { LedgerEvent, RequestEvent } from '../../src/core/events.js';
import type { KeyInfo } from '../../src/core/keys.js';
import type { Policy } from '../../src/core/policy-document.js';
import { attachmentsTree, emptyTree, rootTree } from '../../src/core/tree.js';
import { formatTime } from '../../src/core/time.js';
import { COMMAND, Scene, T0, keyInfo, known, policy } from './support/scene.js';

const ARMOR = '-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----';
const CHAIN = 'c'.repeat(64);
const PARENT = 'b'.repeat(40);
const DIGEST = createHash('sha256').update('select 1').digest('hex');

/** Everything that a valid commit is made of; each row breaks one thing. */
interface Parts {
  event: LedgerEvent;
  name: string;
  email: string;
  time: number;
  tree: string;
  parent: string | null;
  message: string | null;
  key: KeyInfo | null;
  place: Place;
  trees: Map<string, Uint8Array | null>;
}

let scene: Scene;
let parts: Parts;

function requestEvent(more: Partial<Record<string, unknown>> = {}): RequestEvent {
  return {
    v: 1,
    type: 'request',
    ledger: scene.state.anchor,
    prev: CHAIN,
    actor: 'alice',
    at: formatTime(T0 + 600),
    nonce: '1'.repeat(32),
    action: COMMAND,
    justification: 'the password leaked',
    approveBy: formatTime(T0 + 7200),
    duration: 3600,
    uses: 1,
    ...more,
  };
}

beforeEach(() => {
  scene = Scene.endorsed(policy({ executors: ['runner-1'] }));
  parts = {
    event: requestEvent(),
    name: 'alice',
    email: 'alice@example.org',
    time: T0 + 600,
    tree: emptyTree('sha1'),
    parent: PARENT,
    message: null,
    key: keyInfo('alice'),
    place: { state: scene.state, position: 2, parentChain: CHAIN, format: 'sha1' },
    trees: new Map(),
  };
});

function bytesOf(p: Parts): Uint8Array {
  const payload = commitPayload({
    tree: p.tree,
    parent: p.parent,
    name: p.name,
    email: p.email,
    at: p.time,
    message: p.message ?? messageOf(p.event).message,
  });
  return signedCommit(payload, ARMOR, p.place.format);
}

async function judge(p: Parts): Promise<Judgement> {
  const evidence: Evidence = {
    checker: {
      check: ({ keys, armor }) => {
        const key = keys.find((candidate) => candidate.material === p.key?.material);
        if (armor !== ARMOR || p.key === null)
          return Promise.resolve({ ok: false, reason: 'bad-signature', detail: 'no' });
        return Promise.resolve(
          key === undefined ? { ok: false, reason: 'wrong-key', detail: 'no' } : { ok: true, key: p.key },
        );
      },
    },
    certificates: { read: (text) => Promise.resolve(known(text)), known },
    tree: (oid) => Promise.resolve(p.trees.get(oid) ?? null),
  };
  return authenticate({ oid: 'a'.repeat(40), bytes: bytesOf(p) }, p.place, evidence);
}

async function reason(p: Parts): Promise<string> {
  const answer = await judge(p);
  return answer.ok ? 'authentic' : answer.reason;
}

function founding(first: Policy = policy()): Parts {
  const event: LedgerEvent = {
    v: first.protocol,
    type: 'genesis',
    name: 'vault',
    policy: first,
    actor: 'alice',
    at: formatTime(T0),
    nonce: '0'.repeat(32),
  };
  const place: Place = { state: null, position: 0, parentChain: null, format: 'sha1' };
  return { ...parts, event, parent: null, time: T0, place };
}

describe('§5 authentic', () => {
  it('a request as it should be, with who signed it', async () => {
    const answer = await judge(parts);
    expect(answer).toMatchObject({
      ok: true,
      read: { at: T0 + 600, position: 2, key: { material: 'alice' } },
    });
  });

  it('a genesis under its own policy', async () => {
    expect(await reason(founding())).toBe('authentic');
  });

  it.each<[string, string, (p: Parts) => void]>([
    ['§5.1', 'wrong-version', (p) => (p.event = requestEvent({ v: 2 }))],
    ['§5.1', 'wrong-ledger', (p) => (p.event = requestEvent({ ledger: 'd'.repeat(64) }))],
    ['§4 prev', 'wrong-prev', (p) => (p.event = requestEvent({ prev: 'd'.repeat(64) }))],
    ['§4 at', 'wrong-time', (p) => (p.time += 1)],
    ['§3 tree', 'bad-tree', (p) => (p.tree = 'd'.repeat(40))],
    ['§3 parent', 'bad-headers', (p) => (p.parent = null)],
    ['§3 subject', 'bad-message', (p) => (p.message = messageOf(p.event).message.replace('alice', 'carol'))],
    ['§4 text', 'bad-text', (p) => (p.message = `${messageOf(p.event).message}\n`)],
    ['§4 schema', 'bad-event', (p) => (p.event = requestEvent({ extra: 1 }))],
    ['§10', 'over-limit', (p) => (p.event = requestEvent({ justification: 'x'.repeat(4097) }))],
    ['§5.2 actor', 'unknown-actor', (p) => (p.event = requestEvent({ actor: 'mallory' }))],
    ['§5.2 actor', 'unknown-actor', (p) => (p.event = requestEvent({ actor: 'constructor' }))],
    ['§5.2 name', 'bad-identity', (p) => (p.name = 'bob')],
    ['§5.2 address', 'bad-identity', (p) => (p.email = 'bob@example.org')],
    ['§5.3', 'bad-signature', (p) => (p.key = null)],
    ["§5.3 another's key", 'wrong-key', (p) => (p.key = keyInfo('bob'))],
    ['§5.4 flags', 'unfit-key', (p) => (p.key = keyInfo('alice', { maySign: false }))],
    ['§5.4 revoked', 'unfit-key', (p) => (p.key = keyInfo('alice', { revoked: true }))],
    ['§5.4 expired', 'unfit-key', (p) => (p.key = keyInfo('alice', { expires: T0 + 600 }))],
    ['§5.4 algorithm', 'unfit-key', (p) => (p.key = keyInfo('alice', { strong: false }))],
    ['§5.4 created later', 'unfit-key', (p) => (p.key = keyInfo('alice', { created: T0 + 1501 }))],
  ])('%s: %s', async (_, expected, change) => {
    change(parts);
    expect(await reason(parts)).toBe(expected);
  });

  it('§5.4 a key is fit up to the second before it expires, and 900 s before it was created', async () => {
    expect(await reason({ ...parts, key: keyInfo('alice', { expires: T0 + 601 }) })).toBe('authentic');
    expect(await reason({ ...parts, key: keyInfo('alice', { created: T0 + 1500 }) })).toBe('authentic');
  });

  it('§5.5 an event may be 900 s before the greatest time before it, and no second more', async () => {
    scene.request('bob', { at: T0 + 1500 });
    expect(await reason(parts)).toBe('authentic');
    scene.request('bob', { at: T0 + 1501 });
    expect(await reason(parts)).toBe('backdated');
  });

  it('§5 the clock of the reader is not asked: an event of a far future is authentic', async () => {
    const time = T0 + 50 * 365 * 86_400;
    const event = requestEvent({ at: formatTime(time), approveBy: formatTime(time + 60) });
    expect(await reason({ ...parts, event, time })).toBe('authentic');
  });

  it('§4 a halt without words still stops: only a denial and a revocation must have a reason', async () => {
    const { ledger, prev, at, nonce } = requestEvent();
    const event: LedgerEvent = { v: 1, ledger, prev, at, nonce, actor: 'alice', type: 'halt', reason: '' };
    expect(await reason({ ...parts, event })).toBe('authentic');
  });

  it('§5.6 an executor signs start and finish, and nothing else', async () => {
    const as = { name: 'runner-1', email: 'runner-1@example.org', key: keyInfo('runner-1') };
    const { ledger, prev, at, nonce } = requestEvent();
    const common = { v: 1, ledger, prev, at, nonce, actor: 'runner-1' };
    const start: LedgerEvent = { ...common, type: 'start', request: DIGEST, host: 'ci' };
    const finish: LedgerEvent = { ...common, type: 'finish', run: DIGEST, exit: { code: 0 }, millis: 1 };
    const approve: LedgerEvent = { ...common, type: 'approve', request: DIGEST };
    const halt: LedgerEvent = { ...common, type: 'halt', reason: 'x' };
    const close: LedgerEvent = { ...common, type: 'close', request: DIGEST, as: 'denied', reason: 'x' };
    expect(await reason({ ...parts, ...as, event: start })).toBe('authentic');
    expect(await reason({ ...parts, ...as, event: finish })).toBe('authentic');
    for (const event of [approve, halt, close, requestEvent({ actor: 'runner-1' })])
      expect(await reason({ ...parts, ...as, event })).toBe('executor-may-not');
  });

  it('§4 a genesis belongs in the root, and nothing else does', async () => {
    const { event } = founding();
    expect(await reason({ ...parts, event, time: T0 })).toBe('bad-event');
    expect(await reason({ ...founding(), event: parts.event, time: parts.time })).toBe('bad-event');
    expect(await reason({ ...founding(), parent: PARENT })).toBe('bad-headers');
  });

  it('§5 what an unsigned event brings along is neither worked on nor remembered, wherever a genesis stands', async () => {
    const { event } = founding();
    const bytes = bytesOf({ ...parts, event, time: T0 });
    const untouched = (): never => {
      throw new Error('a certificate was read');
    };
    const evidence: Evidence = {
      checker: { check: untouched },
      certificates: { read: untouched, known: untouched },
      tree: untouched,
    };
    const answer = await authenticate({ oid: 'a'.repeat(40), bytes }, parts.place, evidence);
    expect(answer).toMatchObject({ ok: false, reason: 'bad-event' });
  });

  it('§5 the reason that an inert commit leaves behind is short, whatever it quotes', async () => {
    const answer = await judge({ ...parts, event: requestEvent({ ['x'.repeat(500_000)]: 1 }) });
    expect(answer).toMatchObject({ ok: false, reason: 'bad-event' });
    expect(answer.ok ? 0 : answer.detail.length).toBeLessThanOrEqual(200);
  });

  it('§5.2 a genesis is signed by a member of its own policy', async () => {
    expect(await reason({ ...founding(policy({ members: ['bob', 'carol'] })) })).toBe('unknown-actor');
    expect(await reason({ ...founding(), key: keyInfo('bob') })).toBe('wrong-key');
  });

  it('§10 a commit object of more than 1 MiB is inert without being read', async () => {
    const place = parts.place;
    const evidence = {} as Evidence;
    const answer = await authenticate({ oid: 'a'.repeat(40), bytes: null }, place, evidence);
    expect(answer).toMatchObject({ ok: false, reason: 'too-large' });
  });
});

describe('§5 the certificates that an event brings along', () => {
  const CERT = policy({ members: ['alice', 'erin'], executors: ['runner-9'] });
  const listed = ['cert:alice', 'cert:erin', 'cert:runner-9'];

  /** What was read, and when: before the signature was checked, or after. */
  async function readings(p: Parts, ok = true): Promise<string[]> {
    const log: string[] = [];
    const read = new Map<string, ReturnType<typeof known>>();
    const evidence: Evidence = {
      checker: {
        check: ({ keys }) => {
          log.push('signature');
          const [key] = keys;
          const no = { ok: false, reason: 'bad-signature', detail: 'no' } as const;
          return Promise.resolve(ok && key !== undefined ? { ok: true, key } : no);
        },
      },
      certificates: {
        read: (text) => {
          log.push(text);
          read.set(text, known(text));
          return Promise.resolve(known(text));
        },
        known: (text) => read.get(text),
      },
      tree: (oid) => Promise.resolve(p.trees.get(oid) ?? null),
    };
    const answer = await authenticate({ oid: 'a'.repeat(40), bytes: bytesOf(p) }, p.place, evidence);
    return [...log, answer.ok ? 'authentic' : answer.reason];
  }

  it('of a genesis are read first, for they say who may sign it', async () => {
    expect(await readings(founding(CERT))).toEqual([...listed, 'signature', ...listed, 'authentic']);
  });

  it('of a policy request are read once it is signed, and not before', async () => {
    const event = requestEvent({ action: { kind: 'policy', base: scene.state.anchor, policy: CERT } });
    const { duration: _, uses: __, ...change } = event as unknown as Record<string, unknown>;
    const p = { ...parts, event: change as unknown as LedgerEvent };
    expect(await readings(p)).toEqual(['signature', ...listed, 'authentic']);
    expect(await readings(p, false)).toEqual(['signature', 'bad-signature']);
  });

  it('of a genesis whose signer lists a certificate that nobody can read, there is no key', async () => {
    const unread = policy({ members: [['alice', 'no certificate'], 'bob'] });
    expect(await readings(founding(unread))).toEqual([
      'no certificate',
      'cert:bob',
      'signature',
      'bad-signature',
    ]);
  });

  it('of a policy request in the place of the root are not read: nothing else belongs there', async () => {
    const { v, type, ledger, prev, actor, at, nonce, justification, approveBy } = requestEvent();
    const action = { kind: 'policy', base: scene.state.anchor, policy: CERT } as const;
    const event = { v, type, ledger, prev, actor, at, nonce, justification, approveBy, action };
    expect(await readings({ ...founding(), event, time: parts.time })).toEqual(['bad-event']);
  });

  it('are read of no other event', async () => {
    expect(await readings(parts)).toEqual(['signature', 'authentic']);
  });

  it('are all that a policy lists, of members and executors', () => {
    expect(certificatesIn(CERT)).toEqual(listed);
    expect(certificatesIn(policy({ members: [['alice', 'a', 'b'], 'bob'] }))).toEqual(['a', 'b', 'cert:bob']);
  });
});

it('§3 a commit whose headers are not those of an event is inert, whatever it carries', async () => {
  const text = Buffer.from(bytesOf(parts)).toString('latin1').replace('+0000', '+0100');
  const untouched = {} as Evidence;
  const answer = await authenticate(
    { oid: 'a'.repeat(40), bytes: Buffer.from(text, 'latin1') },
    parts.place,
    untouched,
  );
  expect(answer).toMatchObject({ ok: false, reason: 'bad-headers' });
});

describe('§3 a tree with attachments', () => {
  const stdin = { sha256: DIGEST, size: 8, attached: true };
  const format = 'sha1';

  function attach(names: readonly string[], action: object = { ...COMMAND, stdin }): Parts {
    const inner = attachmentsTree(names.map((sha256) => ({ sha256, oid: 'e'.repeat(40) })));
    const outer = rootTree(objectName('tree', inner, format));
    const tree = objectName('tree', outer, format);
    const trees = new Map<string, Uint8Array | null>([
      [tree, outer],
      [objectName('tree', inner, format), inner],
    ]);
    return { ...parts, event: requestEvent({ action }), tree, trees };
  }

  it('holds exactly the digests that the request names', async () => {
    expect(await reason(attach([DIGEST]))).toBe('authentic');
  });

  it.each([
    ['one too many', [DIGEST, 'f'.repeat(64)]],
    ['another one', ['f'.repeat(64)]],
    ['none', []],
  ])('is inert with %s', async (_, names) => {
    expect(await reason(attach(names))).toBe('bad-tree');
  });

  it('is inert where the request attaches nothing', async () => {
    expect(await reason(attach([DIGEST], COMMAND))).toBe('bad-tree');
    expect(await reason(attach([DIGEST], { ...COMMAND, stdin: { ...stdin, attached: false } }))).toBe(
      'bad-tree',
    );
  });

  it('is inert where the tree is empty and the request attaches something', async () => {
    expect(await reason({ ...attach([DIGEST]), tree: emptyTree(format) })).toBe('bad-tree');
  });

  it('is inert where the tree is too large to be the exact one', async () => {
    const p = attach([DIGEST]);
    p.trees.set(p.tree, null);
    expect(await reason(p)).toBe('bad-tree');
  });

  it('is inert where the folder in it is too large to be the exact one', async () => {
    const p = attach([DIGEST]);
    for (const oid of p.trees.keys()) if (oid !== p.tree) p.trees.set(oid, null);
    expect(await reason(p)).toBe('bad-tree');
  });

  it('is not asked for before a member has signed', async () => {
    const p = { ...attach([DIGEST]), key: null };
    p.trees.clear();
    expect(await reason(p)).toBe('bad-signature');
  });
});

describe('hostile size', () => {
  it('a header of a million short lines is refused in bounded time', async () => {
    const valid = Buffer.from(bytesOf(parts)).toString('latin1');
    const long = valid.replace('\nAAAA', '\n ' + '\n A'.repeat(300_000));
    const { place } = parts;
    const answer = await authenticate({ oid: 'a'.repeat(40), bytes: Buffer.from(long, 'latin1') }, place, {
      checker: { check: () => Promise.resolve({ ok: false, reason: 'bad-signature', detail: '' }) },
      certificates: { read: (text) => Promise.resolve(known(text)), known },
      tree: () => Promise.resolve(null),
    });
    expect(answer.ok).toBe(false);
  });
});
