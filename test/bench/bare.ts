import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { readCommit } from '../../src/core/commit.js';
import { readArmor } from '../../src/signing/armor.js';
import { readPackets } from '../../src/signing/packets.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import { readNumbers, fixed } from '../../src/signing/numbers.js';
import { readSignature } from '../../src/signing/signature.js';
import { trailer } from '../../src/signing/verify.js';
import type { BenchLedger } from './ledger.js';

/** What a verification comes down to, when everything else has been done before. */
interface Item {
  /** All that is signed. */
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
  readonly key: number;
}

/** One thread of the loop: waits until all have their work, and says when it is done. Plain text: it runs nothing of mpa's. */
const LOOP = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { createHash, createPublicKey, verify } = require('node:crypto');
  const keys = workerData.keys.map((key) => createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' }));
  parentPort.once('message', () => {
    let good = 0;
    for (const { data, signature, key } of workerData.items)
      if (verify(null, createHash('sha512').update(data).digest(), keys[key], signature)) good += 1;
    parentPort.postMessage(good);
  });
  parentPort.postMessage('ready');
`;

/** The signatures of a ledger of benchmark events, each with its payload, taken apart beforehand. */
async function itemsOf(ledger: BenchLedger): Promise<{ items: Item[]; keys: string[] }> {
  const reader = createCertificateReader();
  const keys: string[] = [];
  for (const armored of ledger.publicKeys) {
    const reading = await reader.read(armored);
    keys.push((reading.ok ? reading.certificate.keys[0]?.spki : undefined) ?? '');
  }
  const git = (args: string[], input: string): Buffer =>
    execFileSync('git', [`--git-dir=${ledger.repository}`, ...args], { input, maxBuffer: 1e9 });
  const oids = git(['rev-list', 'mpa'], '').toString('latin1');
  const stream = git(['cat-file', '--batch', '--buffer'], oids);
  const items: Item[] = [];
  for (let at = 0; at < stream.length;) {
    const end = stream.indexOf(0x0a, at);
    const size = Number(stream.toString('latin1', at, end).split(' ')[2]);
    const form = readCommit(stream.subarray(end + 1, end + 1 + size), 'sha1');
    at = end + size + 2;
    if (!form.ok) throw new Error('a commit of the benchmark is no event');
    const { armor, payload, identity } = form.parts;
    const [packet] = readPackets(readArmor(armor, 'SIGNATURE') ?? new Uint8Array(0)) ?? [];
    const signature = packet === undefined ? null : readSignature(packet.body);
    const numbers = signature === null ? null : readNumbers(signature.numbers, 0, 2);
    if (signature === null || numbers === null)
      throw new Error('a signature of the benchmark is not well-formed');
    const raw = Buffer.concat(numbers.values.map((value) => fixed(value, 32) ?? new Uint8Array(0)));
    const data = Buffer.concat([payload, signature.covered, trailer(signature.covered)]);
    items.push({ data, signature: raw, key: identity.startsWith('alice') ? 0 : 1 });
  }
  return { items, keys };
}

/**
 * How long node:crypto alone takes to hash and verify what a ledger's signatures cover, on all cores, in milliseconds: nothing is read,
 * parsed or judged. Answers a function that measures it once more.
 */
export async function bareLoop(ledger: BenchLedger): Promise<() => Promise<number>> {
  const { items, keys } = await itemsOf(ledger);
  const cores = availableParallelism();
  const shares = Array.from({ length: cores }, (_, core) =>
    items.filter((_, index) => index % cores === core),
  );
  return async () => {
    const threads = shares.map(
      (share) => new Worker(LOOP, { eval: true, workerData: { items: share, keys } }),
    );
    const answers = (): Promise<unknown[]> =>
      Promise.all(
        threads.map(
          (thread) => new Promise((done, fail) => thread.once('message', done).once('error', fail)),
        ),
      );
    await answers();
    const began = performance.now();
    const done = answers();
    for (const thread of threads) thread.postMessage('go');
    const good = await done;
    const millis = performance.now() - began;
    await Promise.all(threads.map((thread) => thread.terminate()));
    const sum = good.reduce<number>((total, each) => total + Number(each), 0);
    if (sum !== items.length)
      throw new Error(`the bare loop found ${sum} good signatures of ${items.length}`);
    return millis;
  };
}

/**
 * A repository of commits signed with an ssh key, and how to have git check them with ssh-keygen. Answers the arguments and environment
 * of `git log --format=%G?`.
 */
export function sshSigned(
  folder: string,
  count: number,
): { readonly args: readonly string[]; readonly env: Record<string, string | undefined> } {
  const repository = join(folder, 'ssh.git');
  const key = join(folder, 'ssh-key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'bench', '-f', key]);
  const allowed = join(folder, 'allowed');
  const [type = '', material = ''] = execFileSync('ssh-keygen', ['-y', '-f', key]).toString().split(' ');
  writeFileSync(allowed, `bench@example.org ${type} ${material.trim()}\n`);
  const who = { NAME: 'bench', EMAIL: 'bench@example.org' };
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    LC_ALL: 'C',
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((role) =>
        Object.entries(who).map(([name, value]) => [`GIT_${role}_${name}`, value]),
      ),
    ),
  };
  const config = [
    ['gpg.format', 'ssh'],
    ['user.signingKey', key],
    ['gpg.ssh.allowedSignersFile', allowed],
  ].flatMap(([name = '', value = '']) => ['-c', `${name}=${value}`]);
  const git = (...args: string[]): string =>
    execFileSync('git', [...config, `--git-dir=${repository}`, ...args], { env, input: '' })
      .toString()
      .trim();
  git('init', '-q', '--bare', repository);
  const tree = git('hash-object', '-w', '-t', 'tree', '--stdin');
  let tip = '';
  for (let made = 0; made < count; made += 1)
    tip = git('commit-tree', '-S', '-m', `event ${made}`, ...(tip === '' ? [] : ['-p', tip]), tree);
  git('update-ref', 'refs/heads/mpa', tip);
  return { args: [...config, `--git-dir=${repository}`, 'log', '--format=%G?', 'mpa'], env };
}
