import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parentsOf, readCommit } from '../../src/core/commit.js';
import { MpaError } from '../../src/core/errors.js';
import { parseMessage } from '../../src/core/schema.js';
import type { LedgerState } from '../../src/core/state.js';
import { formatTime } from '../../src/core/time.js';
import type { Verified } from '../../src/ledger/checkpoint.js';
import { readBranch, type Reading, type Start } from '../../src/ledger/read.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { readWhole, wholeText } from '../ledger/whole-checkpoint.js';
import { memoryRemote, memoryStore, type MemoryRemote } from '../ledger/memory-store.js';
import { ask, newcomer, policyOf, world, type Someone, type World } from '../ledger/world.js';
import { askProgram } from '../model/compare.js';
import { bendsArbitrary, bent } from './bent.js';
import { runs } from './runs.js';

/** A ledger in which everything has happened, its commits, oldest first, and what reading it up to each of them gives. */
interface Told {
  readonly w: World;
  readonly oids: readonly string[];
  readonly upTo: readonly Reading[];
}

async function tell(format: 'sha1' | 'sha256'): Promise<Told> {
  const w = await world({ format });
  const { alice, bob, carol } = w;
  /** The id of the event. */
  const says = async (by: Someone, body: Parameters<World['craft']>[1]): Promise<string> => {
    w.clock.time += 60;
    const commit = readCommit(bytesOf(w.remote, await w.craft(by, body)), format);
    const message = commit.ok ? parseMessage(commit.parts.message) : commit;
    if (!message.ok) throw new Error(message.detail);
    return message.id;
  };
  const asks = (by = alice): Promise<string> => says(by, ask(['true'], w.clock.time));
  const run = await asks();
  await says(bob, { type: 'approve', request: run, duration: 3600 });
  await says(alice, { type: 'start', request: run, host: 'prod-1' });
  const granted = await asks();
  w.junk('in between');
  await says(carol, { type: 'approve', request: granted });
  const revoked = await asks(bob);
  await says(carol, { type: 'approve', request: revoked });
  await says(alice, { type: 'close', request: revoked, as: 'revoked', reason: 'no' });
  await asks(carol);
  const dave = await newcomer('dave');
  const change = {
    type: 'request',
    action: { kind: 'policy', base: w.anchor, policy: policyOf([alice, bob, dave]) },
    justification: 'carol leaves',
    approveBy: formatTime(w.clock.time + 3600),
  } as const;
  const request = await says(alice, change);
  await says(bob, { type: 'approve', request });
  await says(dave, { type: 'approve', request: granted });
  await says(bob, { type: 'halt', who: 'alice', reason: 'lost' });
  const oids: string[] = [];
  for (let oid: string | undefined = w.remote.branch ?? ''; oid !== undefined;) {
    oids.unshift(oid);
    [oid] = parentsOf(bytesOf(w.remote, oid));
  }
  const upTo: Reading[] = [];
  for (const oid of oids) upTo.push(await read(w, w.remote, oid));
  return { w, oids, upTo };
}

function bytesOf(remote: MemoryRemote, oid: string): Uint8Array {
  return remote.objects.get(oid)?.bytes ?? new Uint8Array(0);
}

const checker = createSignatureChecker();

/** Reads as a process does that knows nothing but `start`. */
async function read(
  w: World,
  remote: MemoryRemote,
  tip: string,
  start: Start = { from: null, head: null },
): Promise<Reading> {
  const store = memoryStore(remote);
  await store.fetch();
  const certificates = createCertificateReader();
  return readBranch({ store, anchor: w.anchor, clock: w.clock, checker, certificates }, tip, start);
}

/** `authorised` or the refusals, for each request, each member's keys and several times. */
function answers(state: LedgerState, now: number): Map<string, string> {
  const found = new Map<string, string>();
  for (const [id, { event }] of state.requests.hot)
    for (const later of [now, now + 120, now + 7200]) {
      const question = {
        id,
        runner: { handle: event.actor, material: null },
        toRun: { kind: 'as-approved', host: null },
        now: later,
      } as const;
      found.set(`${id} ${later}`, askProgram(state, question).join() || 'authorised');
    }
  return found;
}

const told = new Map<string, Told>();
beforeAll(async () => {
  for (const format of ['sha1', 'sha256'] as const) told.set(format, await tell(format));
});

/** A remote that holds what the true one does, and may be spoiled. */
function copyOf({ w }: Told): MemoryRemote {
  const remote = memoryRemote(w.remote.format);
  for (const [oid, item] of w.remote.objects) remote.objects.set(oid, item);
  return remote;
}

const format = fc.constantFrom('sha1', 'sha256');
const change = fc.record({ format, which: fc.noBias(fc.nat(99)), bends: bendsArbitrary });

async function outcomeOf(reading: Promise<Reading>): Promise<Reading | string> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof MpaError) return error.code;
    throw error;
  }
}

function toldIn(name: string): Told {
  const found = told.get(name);
  if (found === undefined) throw new Error(`no ledger was told in ${name}`);
  return found;
}

describe('§5 a commit of a valid ledger that somebody bends', () => {
  test('has the effect that it had or none; what follows it has none; no answer becomes a yes', async () => {
    let readable = 0;
    let same = 0;
    await fc.assert(
      fc.asyncProperty(change, fc.boolean(), async ({ format: name, which, bends }, withRest) => {
        const { w, oids, upTo } = toldIn(name);
        const at = which % oids.length;
        const commits = oids.map((oid) => bytesOf(w.remote, oid));
        const before = commits[at] ?? new Uint8Array(0);
        const after = bent(before, bends, commits);
        fc.pre(Buffer.compare(before, after) !== 0);
        const remote = copyOf(toldIn(name));
        let tip = remote.put('commit', after);
        // What its authors signed stays as they signed it: nobody else can.
        for (let next = at + 1; withRest && next < oids.length; next += 1) {
          const text = Buffer.from(commits[next] ?? []).toString('latin1');
          const parent = oids[next - 1] ?? '';
          tip = remote.put(
            'commit',
            Buffer.from(text.replace(`\nparent ${parent}\n`, `\nparent ${tip}\n`), 'latin1'),
          );
        }
        remote.branch = tip;
        const found = await outcomeOf(read(w, remote, tip));
        if (typeof found === 'string') {
          expect(['damaged', 'malformed', 'stranger']).toContain(found);
          return;
        }
        readable += 1;
        const now = w.clock.now();
        const withIt = upTo[at];
        const without = upTo[at - 1];
        if (withIt === undefined || without === undefined)
          throw new Error('the root of another ledger was read');
        const got = answers(found.state, now);
        if (found.state.events === withIt.state.events) same += 1;
        const expected = found.state.events === withIt.state.events ? withIt : without;
        expect(found.state.events).toBe(expected.state.events);
        expect([...got]).toEqual([...answers(expected.state, now)]);
      }),
      runs(30),
    );
    expect(readable).toBeGreaterThan(5);
    expect(same).toBeGreaterThan(0);
  });

  test('§2.2 whoever has read the ledger before refuses it, whatever is bent', async () => {
    await fc.assert(
      fc.asyncProperty(change, fc.boolean(), async ({ format: name, which, bends }, inPlace) => {
        const { w, oids, upTo } = toldIn(name);
        const at = which % oids.length;
        const commits = oids.map((oid) => bytesOf(w.remote, oid));
        const after = bent(commits[at] ?? new Uint8Array(0), bends, commits);
        fc.pre(Buffer.compare(commits[at] ?? after, after) !== 0);
        const remote = copyOf(toldIn(name));
        if (inPlace) {
          remote.objects.set(oids[at] ?? '', { kind: 'commit', bytes: after });
          remote.branch = oids.at(-1) ?? '';
        } else remote.branch = remote.put('commit', after);
        const found = await outcomeOf(
          read(w, remote, remote.branch, { from: null, head: upTo.at(-1)?.head ?? null }),
        );
        const allowed = inPlace ? ['damaged'] : ['damaged', 'malformed', 'stranger', 'rewritten'];
        expect(allowed).toContain(found);
      }),
      runs(15),
    );
  });
});

test('§2, §7 a ledger that is read in whatever pieces, from checkpoints, is the one that is read in one go', async () => {
  await fc.assert(
    fc.asyncProperty(format, fc.uniqueArray(fc.nat(99), { maxLength: 6 }), async (name, cuts) => {
      const { w, oids, upTo } = toldIn(name);
      const stops = [...new Set(cuts.map((cut) => cut % oids.length))].sort((a, b) => a - b);
      let from: Verified | null = null;
      let last: Reading | null = null;
      for (const stop of [...stops, oids.length - 1]) {
        last = await read(w, w.remote, oids[stop] ?? '', { from, head: from?.head ?? null });
        const bound = { anchor: w.anchor, program: 'mpa test' };
        const kept = readWhole(wholeText({ state: last.state, head: last.head }, bound), bound);
        if (!kept.ok) throw new Error(kept.why);
        from = kept.verified;
      }
      const whole = upTo.at(-1);
      expect(last?.head).toEqual(whole?.head);
      expect(last?.tip).toEqual(whole?.tip);
      expect(last?.state).toEqual(whole?.state);
    }),
    runs(8),
  );
});
