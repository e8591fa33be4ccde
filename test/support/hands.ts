import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hostname, userInfo } from 'node:os';
import type { CommandAction } from '../../src/core/action.js';
import type { ListedKey, Policy } from '../../src/core/policy-document.js';
import { parseMessage } from '../../src/core/schema.js';
import { formatTime } from '../../src/core/time.js';
import { openKeystore } from '../../src/signing/keystore.js';
import { forge, type Forge, type Hand } from './craft.js';
import { person, type Person } from './people.js';
import { place } from './places.js';

/** The machine's clock, seconds: for crafting what the built program then reads by the same clock. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

async function fingerprintOf(who: Person): Promise<string> {
  const [key] = await openKeystore(join(who.home, 'keys')).list();
  if (key === undefined) throw new Error(`${who.handle} has no key`);
  return key.fingerprint;
}

/** Whoever holds a person's key: signs in their name. */
export async function handOf(who: Person): Promise<Hand> {
  const noPassphrase = (): Promise<string> => Promise.reject(new Error('test keys have no passphrase'));
  const signer = await openKeystore(join(who.home, 'keys')).signer(await fingerprintOf(who), noPassphrase);
  return { handle: who.handle, name: who.name, email: who.email, signer };
}

/** Their public key, as a policy lists it. */
export async function keyOf(who: Person): Promise<ListedKey> {
  const armored = await openKeystore(join(who.home, 'keys')).exportPublic(await fingerprintOf(who));
  return { type: 'openpgp', public: armored };
}

/** The genesis' id and policy. */
export function firstPolicy(ledger: Forge): { id: string; policy: Policy } {
  const root = execFileSync('git', [
    `--git-dir=${ledger.repository}`,
    'rev-list',
    '--max-parents=0',
    'refs/heads/mpa',
  ]);
  const [, ...body] = Buffer.from(ledger.read(root.toString().trim())).toString().split('\n\n');
  const read = parseMessage(Buffer.from(body.join('\n\n')));
  if (!read.ok || read.event.type !== 'genesis') throw new Error('no genesis');
  return { id: read.id, policy: read.event.policy };
}

/** Proposes a policy in place of the one that `base` put in force; the request's id. */
export async function proposePolicy(
  ledger: Forge,
  hand: Hand,
  base: string,
  policy: Policy,
): Promise<string> {
  const at = now();
  const action = { kind: 'policy', base, policy } as const;
  const asked = {
    type: 'request',
    action,
    justification: 'as agreed',
    approveBy: formatTime(at + 3600),
  } as const;
  return (await ledger.write(hand, at, asked)).id;
}

/** How long ago a ledger was written, in seconds, and what stands in it. */
export interface Past {
  readonly age: number;
  readonly duration: number;
  readonly approved: boolean;
  /** From the request to approveBy; a day unless given. */
  readonly within?: number;
}

/** What `pastWorld` made. */
export interface PastWorld {
  readonly alice: Person;
  readonly bob: Person;
  readonly id: string;
  readonly attack: Forge;
  readonly ran: () => boolean;
}

/** A ledger of Alice and Bob that was written `age` seconds ago, with older keys, and one request of Alice's to make a file. */
export async function pastWorld(past: Past): Promise<PastWorld> {
  const folder = place();
  const at = now() - past.age;
  const people = [person(folder, 'alice'), person(folder, 'bob')] as const;
  for (const { name, email, home } of people) {
    const store = openKeystore(join(home, 'keys'));
    await store.generate({ name, email, passphrase: null, expires: null, now: at - 3600 });
  }
  const [alice, bob] = people;
  const repository = join(folder, 'ledger.git');
  execFileSync('git', ['init', '-q', '--bare', repository]);
  const ledger = forge(repository);
  const [founder, other] = [await handOf(alice), await handOf(bob)];
  const policy = twoPeople(
    { name: alice.name, email: alice.email, keys: [await keyOf(alice)] },
    { name: bob.name, email: bob.email, keys: [await keyOf(bob)] },
  );
  const genesis = await ledger.write(founder, at, { type: 'genesis', name: 'past', policy });
  await ledger.write(other, at, { type: 'approve', request: genesis.id });
  const file = join(alice.folder, 'trace');
  const { id } = await ledger.write(founder, at, {
    type: 'request',
    action: commandHere(alice, ['touch', file]),
    justification: 'long ago',
    approveBy: formatTime(at + (past.within ?? 86_400)),
    duration: past.duration,
    uses: 1,
  });
  if (past.approved) await ledger.write(other, at, { type: 'approve', request: id });
  for (const who of people) {
    await who.must(['key', 'use', await fingerprintOf(who)]);
    await who.must(['join', repository, '--anchor', genesis.id]);
  }
  return { alice, bob, id, attack: ledger, ran: () => existsSync(file) };
}

/** A command as mpa would ask for it here: this machine, this login, that folder. */
export function commandHere(who: Person, argv: readonly [string, ...string[]]): CommandAction {
  const program = execFileSync('sh', ['-c', 'command -v "$1"', '-', argv[0]], { encoding: 'utf8' }).trim();
  const host = (hostname().split('.')[0] ?? '').toLowerCase();
  return { kind: 'command', argv, host, user: userInfo().username, program, cwd: who.folder };
}

/** One rule for everything, one approval of the other. */
export function twoPeople(alice: Policy['members'][string], bob: Policy['members'][string]): Policy {
  const one = [{ count: 1, from: ['team'] }];
  return {
    protocol: 1,
    members: { alice, bob },
    groups: { team: ['alice', 'bob'] },
    rules: [
      {
        name: 'standard',
        match: { any: true },
        approvals: one,
        maxDuration: 28_800,
        maxPending: 86_400,
        maxUses: 10,
      },
    ],
    changes: one,
  };
}
