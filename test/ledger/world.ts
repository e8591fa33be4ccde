import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { messageOf } from '../../src/core/canonical.js';
import { chainOf } from '../../src/core/chain.js';
import { commitPayload, parentsOf, signedCommit } from '../../src/core/commit.js';
import type { ChainedEvent, GenesisEvent, LedgerEvent } from '../../src/core/events.js';
import type { Member, Policy } from '../../src/core/policy-document.js';
import type { ObjectFormat, Random, Signer } from '../../src/core/ports.js';
import { formatTime } from '../../src/core/time.js';
import { emptyTree } from '../../src/core/tree.js';
import { createGenesis } from '../../src/ledger/genesis.js';
import type { EventBody, Ledger, View } from '../../src/ledger/ledger.js';
import { openLedger } from '../../src/ledger/open.js';
import { openSpentRecord, type SpentRecord } from '../../src/ledger/spent.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { openKeystore } from '../../src/signing/keystore.js';
import { emptyFolder, place, remove } from '../support/places.js';
import { memoryRemote, memoryStore, type MemoryRemote, type MemoryStore } from './memory-store.js';

/** When the people's keys were made, and when ledgers begin: seconds. */
export const KEYS_MADE = 1_780_000_000;
export const BEGIN = KEYS_MADE + 86_400;

export interface Someone {
  readonly handle: string;
  readonly name: string;
  readonly email: string;
  readonly public: string;
  readonly signer: Signer;
}

async function someone(folder: string, handle: string, now: number): Promise<Someone> {
  const name = `${handle} Example`;
  const email = `${handle}@example.org`;
  const keys = openKeystore(join(folder, handle));
  const { fingerprint } = await keys.generate({ name, email, passphrase: null, expires: null, now });
  const signer = await keys.signer(fingerprint, () => Promise.resolve(''));
  // Whatever it reads of its folder it reads once, now.
  await signer.sign(Buffer.from('warm'), now);
  return { handle, name, email, public: await keys.exportPublic(fingerprint), signer };
}

/** A person with a real key, made at `now`. */
export async function newcomer(handle: string, now = KEYS_MADE): Promise<Someone> {
  const folder = emptyFolder();
  try {
    return await someone(folder, handle, now);
  } finally {
    remove(folder);
  }
}

export interface People {
  readonly alice: Someone;
  readonly bob: Someone;
  readonly carol: Someone;
}

let made: Promise<People> | null = null;

/** Three people with real keys, made once for each test file. */
export function people(): Promise<People> {
  made ??= Promise.all(['alice', 'bob', 'carol'].map((handle) => newcomer(handle))).then(
    ([alice, bob, carol]) => {
      if (alice === undefined || bob === undefined || carol === undefined) throw new Error('three people');
      return { alice, bob, carol };
    },
  );
  return made;
}

export function memberOf({ name, email, public: key }: Someone): Member {
  return { name, email, keys: [{ type: 'openpgp', public: key }] };
}

/** Everybody may ask for anything, and one other approves; so do changes. */
export function policyOf(members: readonly Someone[], more: Partial<Policy> = {}): Policy {
  const one = [{ count: 1, from: ['everyone'] }];
  return {
    protocol: 1,
    members: Object.fromEntries(members.map((each) => [each.handle, memberOf(each)])),
    rules: [
      {
        name: 'standard',
        match: { any: true },
        approvals: one,
        maxDuration: 86_400,
        maxPending: 86_400,
        maxUses: 10,
      },
    ],
    changes: one,
    ...more,
  };
}

export interface TestClock {
  time: number;
  now(): number;
}

export const random: Random = { nonce: () => randomBytes(16).toString('hex'), fraction: () => 0.5 };

/** One machine that has joined: its clone, its state folder, and what it said and waited. */
export interface Home {
  readonly store: MemoryStore;
  readonly folder: string;
  readonly ledger: Ledger;
  readonly spent: SpentRecord;
  readonly notices: string[];
  readonly pauses: number[];
  /** Another process of the same machine. */
  again(program?: string): Home;
}

/** What an attacker, or another version, may change of a commit that is otherwise as an honest writer makes it. */
export interface Twist {
  readonly event?: Readonly<Record<string, unknown>>;
  readonly tree?: string;
  readonly signer?: Signer;
  readonly bytes?: (bytes: Uint8Array) => Uint8Array;
}

export interface World extends People {
  readonly remote: MemoryRemote;
  readonly clock: TestClock;
  readonly anchor: string;
  /** The ledger as its founder saw it. */
  readonly first: View;
  home(clock?: TestClock): Home;
  /** Puts a commit straight onto the remote's branch, as whoever may push can; its name. */
  craft(by: Someone, body: EventBody, at?: number, twist?: Twist): Promise<string>;
  /** Puts anything onto the remote's branch as a commit. */
  junk(message: string): string;
}

export function ask(argv: readonly string[] = ['true'], at = BEGIN): EventBody {
  return {
    type: 'request',
    action: { kind: 'command', argv, host: 'prod-1', user: 'deploy', program: '/bin/true', cwd: '/srv' },
    justification: 'because it must be done',
    approveBy: formatTime(at + 3600),
    duration: 3600,
    uses: 1,
  };
}

/** An id of a request or approval by the body that wrote it. */
export async function write(
  home: Home,
  by: Someone,
  body: EventBody,
): Promise<{ id: string; commit: string; view: View }> {
  return home.ledger.append(by.handle, by.signer, () => ({ body }), { patience: 'person' });
}

function chainTo(remote: MemoryRemote, tip: string): string {
  const line: Uint8Array[] = [];
  for (let oid: string | undefined = tip; oid !== undefined;) {
    const bytes = remote.objects.get(oid)?.bytes ?? new Uint8Array(0);
    line.push(bytes);
    [oid] = parentsOf(bytes);
  }
  return line.reduceRight<string | null>((chain, bytes) => chainOf(chain, bytes), null) ?? '';
}

/** Signs any event into a commit and stores it with the remote; nothing is checked. */
export async function crafted(
  remote: MemoryRemote,
  by: Someone,
  event: LedgerEvent,
  parent: string | null,
  at: number,
  twist: Twist = {},
): Promise<string> {
  const { name, email } = by;
  const tree = twist.tree ?? emptyTree(remote.format);
  remote.put('tree', new Uint8Array(0));
  const payload = commitPayload({ tree, parent, name, email, at, message: messageOf(event).message });
  const bytes = signedCommit(payload, await (twist.signer ?? by.signer).sign(payload, at), remote.format);
  return remote.put('commit', twist.bytes?.(bytes) ?? bytes);
}

/** A ledger of alice, bob and carol on a remote in memory, founded by alice and, unless told otherwise, endorsed by bob. */
export async function world(
  options: {
    readonly format?: ObjectFormat;
    readonly endorsed?: boolean;
    readonly policy?: Partial<Policy>;
  } = {},
): Promise<World> {
  const everybody = await people();
  const { alice, bob, carol } = everybody;
  const remote = memoryRemote(options.format);
  const clock: TestClock = {
    time: BEGIN,
    now() {
      return this.time;
    },
  };
  const checker = createSignatureChecker();
  const first = await createGenesis({
    store: memoryStore(remote),
    signer: alice.signer,
    checker,
    certificates: createCertificateReader(),
    clock,
    random,
    name: 'prod',
    founder: 'alice',
    policy: policyOf([alice, bob, carol], options.policy),
  });
  const { anchor } = first;

  const open = (store: MemoryStore, folder: string, time: TestClock, program: string): Home => {
    const notices: string[] = [];
    const pauses: number[] = [];
    const ledger = openLedger({
      store,
      anchor,
      checker,
      certificates: createCertificateReader(),
      clock: time,
      random,
      folder,
      program,
      notice: (line) => notices.push(line),
      pause: (ms) => {
        pauses.push(ms);
        // Time passes by itself in no test; others only get their turn.
        return new Promise((resolve) => setTimeout(resolve, 1));
      },
    });
    const spent = openSpentRecord(join(folder, 'spent'));
    const again = (other = program): Home => open(store, folder, time, other);
    return { store, folder, ledger, spent, notices, pauses, again };
  };
  const home = (time: TestClock = clock): Home => {
    const folder = join(place(), 'state');
    mkdirSync(folder, { mode: 0o700 });
    return open(memoryStore(remote), folder, time, 'mpa test');
  };
  const craft = async (
    by: Someone,
    body: EventBody,
    at = clock.now(),
    twist: Twist = {},
  ): Promise<string> => {
    const tip = remote.branch ?? '';
    const event = {
      v: 1,
      ledger: anchor,
      prev: chainTo(remote, tip),
      actor: by.handle,
      at: formatTime(at),
      nonce: random.nonce(),
      ...body,
      ...twist.event,
    };
    const oid = await crafted(remote, by, eventOf(event), tip, at, twist);
    remote.branch = oid;
    return oid;
  };
  const junk = (message: string): string => {
    const who = 'Eve <eve@example.org> 1780086400 +0000';
    const text = `tree ${emptyTree(remote.format)}\nparent ${remote.branch ?? ''}\nauthor ${who}\ncommitter ${who}\n\n${message}\n`;
    remote.branch = remote.put('commit', Buffer.from(text));
    return remote.branch;
  };
  const whole: World = { ...everybody, remote, clock, anchor, first, home, craft, junk };
  if (options.endorsed !== false) await craft(bob, { type: 'approve', request: anchor });
  return whole;
}

/** A twisted event is no LedgerEvent any more: that is what the reader must find out. */
export function eventOf(fields: Readonly<Record<string, unknown>>): LedgerEvent {
  return fields as unknown as GenesisEvent | ChainedEvent;
}

/** Matches text that contains this. */
export function containing(text: string): unknown {
  return expect.stringContaining(text);
}
