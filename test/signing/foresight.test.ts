import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Foresight, SignatureQuestion } from '../../src/core/ports.js';
import { writeArmor } from '../../src/signing/armor.js';
import { checkSignature } from '../../src/signing/check.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { createForesight, startThread } from '../../src/signing/foresight.js';
import { BORN, bytes, packet, signatureBody, sub, testKey } from './support/build.js';
import { infoOf } from './support/info.js';
import { builtThread } from './support/thread.js';

const ed = testKey('ed25519');
const p256 = testKey('p256');
const rsa = testKey('rsa2048');
const ring = [infoOf(rsa), infoOf(p256), infoOf(ed)];
const stranger = [infoOf(testKey('ed25519'))];

function question(text: string, by = ed): SignatureQuestion {
  const payload = Buffer.from(text);
  const hashed = [sub(2, BORN), sub(33, bytes(4, by.public.fingerprint))];
  const body = signatureBody({ by, type: 0, object: [payload], hashed });
  return { payload, armor: writeArmor(packet(2, body), 'SIGNATURE'), keys: ring, at: BORN };
}

const good = Array.from({ length: 24 }, (_, index) => question(`event ${index}`, [ed, p256, rsa][index % 3]));
const [first = question('none')] = good;

/** Questions with one thing wrong. */
const bad: readonly SignatureQuestion[] = [
  { ...first, payload: Buffer.from('another event') },
  { ...first, keys: stranger },
  { ...first, keys: [...ring, ...ring] },
  { ...first, keys: [] },
  { ...first, at: BORN + 901 },
  { ...first, armor: first.armor.replace('-----END', '\n-----END') },
  { ...first, armor: 'nothing' },
];

let file: URL;
beforeAll(async () => {
  file = await builtThread();
});

const open: Foresight[] = [];
afterEach(() => {
  for (const foresight of open.splice(0)) foresight.end();
});

function foresightOf(make: () => Worker, cores = 2): Foresight {
  const foresight = createForesight(make, cores);
  open.push(foresight);
  return foresight;
}

/** A thread that says of every signature that the first key made it. */
function liar(): Worker {
  const code = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', ({ questions }) => parentPort.postMessage(questions.map(() => 0)));
  `;
  return new Worker(code, { eval: true });
}

/** A thread that ends at its first task. */
function mortal(): Worker {
  return new Worker(`require('node:worker_threads').parentPort.on('message', () => process.exit(1))`, {
    eval: true,
  });
}

describe('§5.3 signatures checked ahead in threads', () => {
  it('every answer is that of the checker, whatever was said to be asked next', async () => {
    const foresight = foresightOf(() => startThread(file));
    const any = fc.constantFrom(...good, ...bad);
    await fc.assert(
      fc.asyncProperty(fc.array(any), fc.array(any, { maxLength: 40 }), async (told, asked) => {
        foresight.expect(told);
        for (const one of asked) expect(await foresight.check(one)).toEqual(checkSignature(one));
      }),
      { numRuns: 60 },
    );
  });

  it('a thread is believed for exactly the question that it was given, and for nothing else', async () => {
    for (const [index, other] of bad.entries()) {
      const foresight = foresightOf(liar);
      foresight.expect([first]);
      expect(await foresight.check(other), `bad question ${index}`).toEqual(checkSignature(other));
    }
    const foresight = foresightOf(liar);
    const [lie = first] = bad;
    foresight.expect([lie]);
    expect(await foresight.check(lie)).toEqual({ ok: true, key: ring[0] });
    // Each answer serves once.
    expect(await foresight.check(lie)).toMatchObject({ ok: false });
  });

  it('a key that a thread names and the question does not hold is no answer', async () => {
    const foresight = foresightOf(liar);
    const question = { ...first, keys: [] };
    foresight.expect([question]);
    expect(await foresight.check(question)).toMatchObject({ ok: false, reason: 'wrong-key' });
  });

  it('threads that die or cannot start change no answer', async () => {
    const failing = (): Worker => {
      throw new Error('no more threads');
    };
    for (const make of [mortal, failing, () => startThread(new URL('file:///nowhere/check-worker.mjs'))]) {
      const foresight = foresightOf(make);
      foresight.expect([...good, ...bad]);
      for (const one of [...good, ...bad]) expect(await foresight.check(one)).toEqual(checkSignature(one));
      foresight.expect(good);
      expect(await foresight.check(first)).toEqual({ ok: true, key: infoOf(ed) });
    }
  });

  it('who would wait for a thread checks what no thread has yet', async () => {
    // Its lies show what it was asked: two batches, and no third by the time it has answered.
    const slow = `
      const { parentPort } = require('node:worker_threads');
      parentPort.on('message', ({ questions }) => setTimeout(() => parentPort.postMessage(questions.map(() => 0)), 500));
    `;
    const foresight = foresightOf(() => new Worker(slow, { eval: true }));
    const many = Array.from({ length: 4 * 32 }, (_, index) => question(`one of many ${index}`));
    foresight.expect(many);
    const keys: number[] = [];
    for (const one of many) {
      const reading = await foresight.check(one);
      keys.push(reading.ok ? ring.indexOf(reading.key) : -1);
    }
    const [lie, truth] = [
      Array.from<number>({ length: 64 }).fill(0),
      Array.from<number>({ length: 64 }).fill(2),
    ];
    expect(keys).toEqual([...lie, ...truth]);
  });

  it('one core starts no thread, two start one, and many four', () => {
    const started: Worker[] = [];
    const make = (): Worker => {
      const thread = liar();
      started.push(thread);
      return thread;
    };
    foresightOf(make, 1);
    expect(started).toHaveLength(0);
    foresightOf(make, 2);
    expect(started).toHaveLength(1);
    foresightOf(make, 64);
    expect(started).toHaveLength(5);
  });

  it('the threads end with the reading', async () => {
    const thread = startThread(file);
    const foresight = createForesight(() => thread, 2);
    const gone = once(thread, 'exit');
    foresight.end();
    await gone;
    expect(await foresight.check(first)).toEqual({ ok: true, key: infoOf(ed) });
  });

  it('a checker that was given no file for threads has no foresight', async () => {
    expect('foresight' in createSignatureChecker()).toBe(false);
    const foresight = await createSignatureChecker(file).foresight?.();
    expect(await foresight?.check(first)).toEqual({ ok: true, key: infoOf(ed) });
    foresight?.end();
  });
});
