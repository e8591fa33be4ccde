import { describe, expect, it } from 'vitest';
import { readCommit } from '../../src/core/commit.js';
import type { Foresight, SignatureQuestion, StoredCommit } from '../../src/core/ports.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { readAhead } from '../../src/ledger/ahead.js';
import { readBranch, type Reader } from '../../src/ledger/read.js';
import type { MemoryStore } from './memory-store.js';
import { ask, world, type World } from './world.js';

/** A foresight that notes what it is told, and checks when it is asked. */
function noting(): Foresight & { told: SignatureQuestion[]; asked: SignatureQuestion[] } {
  const checker = createSignatureChecker();
  const notes = {
    told: [] as SignatureQuestion[],
    asked: [] as SignatureQuestion[],
    expect: (questions: readonly SignatureQuestion[]) => {
      notes.told.push(...questions);
    },
    check: (question: SignatureQuestion) => {
      notes.asked.push(question);
      return checker.check(question);
    },
  };
  return notes;
}

async function grown(count: number): Promise<World> {
  const w = await world();
  for (let index = 0; index < count; index += 1) {
    w.clock.time += 10;
    if (index % 5 === 4) w.junk(`junk ${index}`);
    else await w.craft([w.alice, w.bob][index % 2] ?? w.alice, { type: 'halt', reason: `stop ${index}` });
  }
  return w;
}

async function everything(
  w: World,
): Promise<{ oids: readonly string[]; reader: Reader & { readonly store: MemoryStore } }> {
  const { store } = w.home();
  await store.fetch();
  const walked = await store.walk(w.remote.branch ?? '', null);
  const reader = {
    store,
    anchor: w.anchor,
    clock: w.clock,
    checker: createSignatureChecker(),
    certificates: createCertificateReader(),
  };
  return { oids: walked.ok ? walked.oids : [], reader };
}

describe('reading ahead of the judge', () => {
  it('hands on every commit once and in order, and tells of the signatures of known people exactly as they will be asked', async () => {
    const w = await grown(40);
    const { oids, reader } = await everything(w);
    const { state } = await readBranch(reader, w.remote.branch ?? '', { from: null, head: null });
    const foresight = noting();
    const seen: string[] = [];
    const commits = readAhead(reader.store.commits(oids, null), foresight, 'sha1', () => state);
    for await (const { oid, form, bytes } of commits) {
      seen.push(oid);
      expect(form).toEqual(readCommit(bytes ?? new Uint8Array(0), 'sha1'));
    }
    expect(seen).toEqual(oids);
    const judge = noting();
    await readBranch({ ...reader, checker: judge }, w.remote.branch ?? '', { from: null, head: null });
    expect(judge.asked.length).toBeGreaterThan(30);
    expect(foresight.told).toEqual(judge.asked);
  });

  it('the root is judged before anything is guessed', async () => {
    const w = await grown(3);
    const { oids, reader } = await everything(w);
    const foresight = noting();
    const commits = readAhead(reader.store.commits(oids, null), foresight, 'sha1', () => null);
    for await (const _ of commits) expect(foresight.told).toEqual([]);
  });

  it('who stops early leaves nothing open', async () => {
    const w = await grown(5);
    const { oids, reader } = await everything(w);
    let closed = 0;
    async function* source(): AsyncGenerator<StoredCommit, void> {
      try {
        yield* reader.store.commits(oids, null);
      } finally {
        closed += 1;
      }
    }
    for await (const _ of readAhead(source(), noting(), 'sha1', () => null)) break;
    expect(closed).toBe(1);
  });

  it('no more than some megabytes wait, however large the commits are', async () => {
    const w = await world();
    const tip = w.remote.branch ?? '';
    const large = new Uint8Array(1024 * 1024);
    let handed = 0;
    async function* source(): AsyncGenerator<StoredCommit, void> {
      for (; handed < 100; handed += 1)
        yield await Promise.resolve({
          oid: tip,
          size: large.length,
          bytes: large,
          parents: [],
          chain: '',
        });
    }
    const { reader } = await everything(w);
    const { state } = await readBranch(reader, tip, { from: null, head: null });
    const commits = readAhead(source(), noting(), 'sha1', () => state);
    await commits.next();
    await commits.next();
    expect(handed).toBeLessThan(12);
    await commits.return();
  });

  it('is done for 1,500 commits and more, which are told of as they are done', async () => {
    const w = await world();
    for (let i = 0; i < 1497; i += 1) w.junk(`junk ${i}`);
    const { reader } = await everything(w);
    const foresight = noting();
    const told: unknown[] = [];
    const long: Reader = {
      ...reader,
      checker: { ...reader.checker, foresight: () => foresight },
      progress: (...step) => told.push(step),
    };
    const read = async (): Promise<number> => {
      await reader.store.fetch();
      return (await readBranch(long, w.remote.branch ?? '', { from: null, head: null })).inert.length;
    };
    expect([await read(), foresight.asked.length, told]).toEqual([1497, 0, []]);
    w.junk('one more');
    expect(await read()).toBe(1498);
    // The founder's signature is judged before the others are guessed.
    expect([foresight.told.length, foresight.asked.length]).toEqual([1, 2]);
    expect([told[0], told.at(-1), told.length]).toEqual([[1, 1500, 'events'], [1500, 1500, 'events'], 1500]);
    const plain = createSignatureChecker();
    for (const other of [
      { ...reader, checker: long.checker },
      { ...reader, checker: { check: (question: SignatureQuestion) => plain.check(question) } },
    ]) {
      const { inert } = await readBranch(other, w.remote.branch ?? '', { from: null, head: null });
      expect(inert).toHaveLength(1498);
    }
    await w.craft(w.bob, ask(), w.clock.now() + 5000);
    await expect(read()).rejects.toMatchObject({ code: 'future' });
  });

  it('who knows a state, and has no head to meet, goes on from that state', async () => {
    const w = await grown(3);
    const { reader } = await everything(w);
    const { state, head } = await readBranch(reader, w.remote.branch ?? '', { from: null, head: null });
    const commit = await w.craft(w.bob, ask(['true'], w.clock.now()));
    await reader.store.fetch();
    const reading = await readBranch(reader, commit, { from: { state, head }, head: null });
    expect([reading.oids, reading.head.commit, reading.tip.position]).toEqual([[commit], commit, 5]);
  });
});
