import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { MpaError } from '../core/errors.js';
import type { Environment } from './environment.js';
import { folderGone, gitMissing, SAFE_CONFIG, SAFE_FLAGS } from './git.js';

export interface Header {
  /** The object's full name, as git says it. */
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

/** Milliseconds that the output of a git that has ended is waited for. */
const LEFT_OPEN = 2000;

/** git said nothing more: it found an object that it cannot read, and ended. */
export class BatchEnded extends Error {}

/** What a process is started for, and nothing else can be asked: git then hands over whole blocks, and not each object by itself. */
export type Only =
  | { readonly all: readonly string[] }
  /** Revisions: the commits that git itself finds on their first-parent line, newest first, read while it still walks. */
  | { readonly walk: readonly string[] };

/**
 * One `git cat-file --batch`: objects are asked for by full name and answered in that order. simple-git keeps whole
 * outputs in memory, so this is the one place beside git.ts that starts git. Pulls: what nobody reads stays in git.
 */
export class Batch {
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #stdin: Writable;
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #said = '';
  #failure: Error | undefined;
  readonly #ended: Promise<void>;
  readonly #list: ChildProcess | undefined;

  constructor(folder: string, env: Environment, only?: Only) {
    const start = (...args: readonly string[]): ChildProcessWithoutNullStreams => {
      const settings = SAFE_CONFIG.flatMap((setting) => ['-c', setting]);
      const options = { cwd: folder, env: { ...env } };
      return spawn('git', [...settings, ...SAFE_FLAGS, ...args], { ...options, stdio: 'pipe' });
    };
    const child = start('cat-file', '--batch', ...(only === undefined ? [] : ['--buffer']));
    this.#folder = folder;
    this.#child = child;
    this.#stdin = child.stdin;
    this.#chunks = chunksOf(child.stdout);
    // A broken pipe is noticed where the answer is missing.
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-2000)));
    this.#ended = new Promise((done) => {
      child.on('error', (error) => {
        this.#failure = error;
        done();
      });
      child.on('close', () => done());
    });
    if (only !== undefined && 'all' in only) child.stdin.end(linesOf(only.all));
    if (only !== undefined && 'walk' in only) {
      const list = start('rev-list', '--first-parent', '--end-of-options', ...only.walk);
      list.on('error', () => child.stdin.end());
      list.stderr.resume();
      // Something that it left behind may keep its output open for ever.
      list.on('exit', () => setTimeout(() => child.stdin.end(), LEFT_OPEN).unref());
      list.stdout.pipe(child.stdin);
      this.#list = list;
    }
  }

  /** Asks for objects: full names, checked by the caller. */
  ask(oids: readonly string[]): void {
    this.#stdin.write(linesOf(oids));
  }

  /**
   * The next answer, if all of it has arrived already; undefined: not yet, then ask `header` and `body`. `framed`: what its name is the
   * hash of. Thousands of small objects arrive in one block, and waiting for each would cost more than reading it.
   */
  arrived(): (Header & { readonly bytes: Buffer; readonly framed: Buffer }) | undefined {
    const end = this.#rest.indexOf(0x0a);
    if (end < 0) return undefined;
    const header = headerOf(this.#rest.subarray(0, end));
    if (header === null) return undefined;
    const after = end + 1 + header.size;
    if (after >= this.#rest.length) return undefined;
    // git's line is the name, and then what git hashes before the bytes, but for its last octet.
    this.#rest[end] = 0;
    const framed = this.#rest.subarray(header.name.length + 1, after);
    const bytes = this.#rest.subarray(end + 1, after);
    this.#rest = this.#rest.subarray(after + 1);
    return { ...header, bytes, framed };
  }

  /** The header of the next answer; null: there is no such object. Then `body` must be read to its end. */
  async header(): Promise<Header | null> {
    let end = this.#rest.indexOf(0x0a);
    while (end < 0) {
      this.#rest = Buffer.concat([this.#rest, await this.#more()]);
      end = this.#rest.indexOf(0x0a);
    }
    const header = headerOf(this.#rest.subarray(0, end));
    this.#rest = this.#rest.subarray(end + 1);
    return header;
  }

  /** Hands over the `size` bytes that follow a header, piece by piece; the pieces are only valid during the call. */
  async body(size: number, take: (piece: Buffer) => void): Promise<void> {
    let left = size;
    while (left > 0) {
      if (this.#rest.length === 0) this.#rest = await this.#more();
      const piece = this.#rest.subarray(0, left);
      take(piece);
      left -= piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    }
    // The newline after each object.
    if (this.#rest.length === 0) this.#rest = await this.#more();
    this.#rest = this.#rest.subarray(1);
  }

  /** Whether git still runs. */
  alive(): boolean {
    return this.#failure === undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Lets the process of mpa end while this one waits for work. */
  rest(): void {
    this.#child.unref();
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) {
      if (stream instanceof Socket) stream.unref();
    }
  }

  wake(): void {
    this.#child.ref();
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) {
      if (stream instanceof Socket) stream.ref();
    }
  }

  /** Ends git, whatever it is doing. */
  end(): void {
    this.#stdin.end();
    this.#list?.kill();
    this.#child.kill();
  }

  async #more(): Promise<Buffer> {
    const next = await this.#chunks.next();
    if (next.done !== true) return next.value;
    await this.#ended;
    if (this.#failure !== undefined) throw startFailure(this.#failure, this.#folder);
    if (this.#child.signalCode !== null) {
      throw new MpaError('cancelled', `git was ended by ${this.#child.signalCode} while reading`);
    }
    throw new BatchEnded(this.#said.trim());
  }
}

function headerOf(line: Buffer): Header | null {
  const [name, type, size] = line.toString('latin1').split(' ');
  if (name === undefined || type === undefined || size === undefined) return null;
  return { name, type, size: Number(size) };
}

function linesOf(oids: readonly string[]): string {
  return oids.length === 0 ? '' : `${oids.join('\n')}\n`;
}

async function* chunksOf(stream: Readable): AsyncGenerator<Buffer, void> {
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk;
}

function startFailure(error: Error, folder: string): Error {
  if (!existsSync(folder)) return folderGone(folder);
  return 'code' in error && error.code === 'ENOENT' ? gitMissing(error) : error;
}
