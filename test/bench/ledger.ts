import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { messageOf } from '../../src/core/canonical.js';
import { chainOf } from '../../src/core/chain.js';
import { commitPayload, objectName, signedCommit } from '../../src/core/commit.js';
import type { LedgerEvent } from '../../src/core/events.js';
import type { Policy } from '../../src/core/policy-document.js';
import type { Signer } from '../../src/core/ports.js';
import { formatTime } from '../../src/core/time.js';
import { emptyTree } from '../../src/core/tree.js';
import { openKeystore } from '../../src/signing/keystore.js';

/** A member of the benchmark's ledger. */
interface Party {
  readonly handle: string;
  readonly name: string;
  readonly email: string;
  readonly armored: string;
  readonly signer: Signer;
}

/** A ledger made for measuring: a bare repository, its anchor, and the members' public keys for gpg. */
export interface BenchLedger {
  readonly repository: string;
  readonly anchor: string;
  readonly publicKeys: readonly string[];
  readonly events: number;
}

async function party(folder: string, handle: string, now: number): Promise<Party> {
  const store = openKeystore(join(folder, 'keys', handle));
  const name = `${handle} example`;
  const email = `${handle}@example.org`;
  const { fingerprint } = await store.generate({ name, email, passphrase: null, expires: null, now });
  const armored = await store.exportPublic(fingerprint);
  const signer = await store.signer(fingerprint, () => Promise.reject(new Error('no passphrase')));
  return { handle, name, email, armored, signer };
}

function policyOf(parties: readonly Party[]): Policy {
  const members = Object.fromEntries(
    parties.map(({ handle, name, email, armored }) => [
      handle,
      { name, email, keys: [{ type: 'openpgp' as const, public: armored }] },
    ]),
  );
  const one = [{ count: 1, from: ['everyone'] }];
  const limits = { maxDuration: 28_800, maxPending: 86_400, maxUses: 10 };
  return {
    protocol: 1,
    members,
    rules: [{ name: 'all', match: { any: true }, approvals: one, ...limits }],
    changes: one,
  };
}

type Own<E> = E extends LedgerEvent ? Omit<E, 'v' | 'ledger' | 'prev' | 'actor' | 'at' | 'nonce'> : never;

/** One object of a pack: type 1 is a commit, 2 a tree. */
function packed(type: number, bytes: Uint8Array): Uint8Array {
  const header: number[] = [];
  let size = bytes.length;
  let byte = (type << 4) | (size & 15);
  size >>>= 4;
  while (size > 0) {
    header.push(byte | 0x80);
    byte = size & 0x7f;
    size >>>= 7;
  }
  header.push(byte);
  return Buffer.concat([Buffer.from(header), deflateSync(bytes)]);
}

/**
 * Writes a ledger of `events` events, as many years old as it takes at a minute an event: genesis, endorsement, and then requests that
 * are approved, run and finished. One pack, because a process for each commit would take longer than what is measured.
 */
export async function makeLedger(folder: string, events: number): Promise<BenchLedger> {
  let at = Math.floor(Date.now() / 1000) - events * 60 - 3600;
  const alice = await party(folder, 'alice', at - 60);
  const bob = await party(folder, 'bob', at - 60);
  const objects: Uint8Array[] = [packed(2, new Uint8Array(0))];
  let anchor = '';
  let parent: string | null = null;
  let chain: string | null = null;
  const write = async (who: Party, body: Own<LedgerEvent>): Promise<string> => {
    at += 60;
    const common = { v: 1, actor: who.handle, at: formatTime(at), nonce: randomBytes(16).toString('hex') };
    const event = {
      ...common,
      ...(chain === null ? {} : { ledger: anchor, prev: chain }),
      ...body,
    } as LedgerEvent;
    const { id, message } = messageOf(event);
    const payload = commitPayload({
      tree: emptyTree('sha1'),
      parent,
      name: who.name,
      email: who.email,
      at,
      message,
    });
    const bytes = signedCommit(payload, await who.signer.sign(payload, at), 'sha1');
    objects.push(packed(1, bytes));
    chain = chainOf(chain, bytes);
    parent = objectName('commit', bytes, 'sha1');
    return id;
  };
  anchor = await write(alice, { type: 'genesis', name: 'bench', policy: policyOf([alice, bob]) });
  await write(bob, { type: 'approve', request: anchor });
  const action = {
    kind: 'command' as const,
    argv: ['psql', '-h', 'prod', '-f', 'rotate.sql'],
    host: 'prod-1',
    user: 'deploy',
    program: '/usr/bin/psql',
    cwd: '/srv/app',
  };
  for (let written = 2; written < events; written += 4) {
    const [asks, approves] = written % 8 === 2 ? [alice, bob] : [bob, alice];
    const approveBy = formatTime(at + 3600);
    const justification = `INC-${written} rotate the password that leaked`;
    const request = await write(asks, {
      type: 'request',
      action,
      justification,
      approveBy,
      duration: 3600,
      uses: 1,
    });
    await write(approves, { type: 'approve', request });
    const run = await write(asks, { type: 'start', request, host: 'prod-1' });
    await write(asks, { type: 'finish', run, exit: { code: 0 }, millis: 1200 });
  }
  const repository = join(folder, 'ledger.git');
  execFileSync('git', ['init', '-q', '--bare', repository]);
  const header = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1');
  header.writeUInt32BE(objects.length, 8);
  const pack = Buffer.concat([header, ...objects]);
  const whole = Buffer.concat([pack, createHash('sha1').update(pack).digest()]);
  execFileSync('git', [`--git-dir=${repository}`, 'index-pack', '--stdin'], {
    input: whole,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  execFileSync('git', [`--git-dir=${repository}`, 'update-ref', 'refs/heads/mpa', String(parent)]);
  return { repository, anchor, publicKeys: [alice.armored, bob.armored], events: objects.length - 1 };
}
