import { createHash } from 'node:crypto';
import { closeSync, constants, fchownSync, mkdtempSync, openSync, rmSync, write } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Digest } from '../core/events.js';

/** How long to wait before writing again where a reader, who shares it with others, made its end non-blocking. */
const AGAIN_MS = 5;

/** Who else may open a stream by a name such as /dev/stdout. */
type Owner = { readonly uid: number; readonly gid: number } | null;

/** Makes a named pipe, 0600, at an absolute path. Throws where it cannot. */
export type Mkfifo = (path: string) => void;

/** The two ends of a pipe. */
interface Pipe {
  readonly read: number;
  readonly write: number;
}

/**
 * A pipe of the kernel's. What node calls a pipe is a socket, which /dev/stdout and /dev/stderr cannot open: a command would behave
 * otherwise than before any other pipe. Throws the system's error.
 */
function makePipe(owner: Owner, mkfifo: Mkfifo): Pipe {
  const folder = mkdtempSync(join(tmpdir(), 'mpa-'));
  const path = join(folder, 'pipe');
  try {
    mkfifo(path);
    const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const end = openSync(path, constants.O_WRONLY);
    if (owner !== null) fchownSync(end, owner.uid, owner.gid);
    return { read, write: end };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes some of `bytes`, in a thread of its own: a reader who does not read must not keep mpa from its signals. */
async function writeSome(fd: number, bytes: Uint8Array): Promise<number> {
  for (;;) {
    const wrote = await new Promise<number | Error>((done) => {
      write(fd, bytes, (error, count) => {
        done(error ?? count);
      });
    });
    if (typeof wrote === 'number') return wrote;
    if (!('code' in wrote && wrote.code === 'EAGAIN')) throw wrote;
    await pause(AGAIN_MS);
  }
}

/** One stream of a command on its way through mpa. */
interface Passage {
  /** What the child is given as its descriptor. */
  readonly descriptor: number;
  /** To be called once the child has it. */
  handedOver: () => void;
  /** What has passed when nobody can write to it any more, or when it was given up. Never fails. */
  readonly digest: Promise<Digest>;
  giveUp: () => void;
}

/**
 * Hands everything written to it on to the descriptor `to`, unchanged, no faster than it is read there, and digests what was handed on.
 * Once nobody reads there any more, it is closed: the command meets what it would meet before its own reader gone.
 */
function passage(to: number, pipe: Pipe): Passage {
  const source = new Socket({ fd: pipe.read, readable: true, writable: false });
  const hash = createHash('sha256');
  let size = 0;
  const pass = async (): Promise<void> => {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      for (let at = 0; at < chunk.length;) {
        const wrote = await writeSome(to, chunk.subarray(at));
        hash.update(chunk.subarray(at, at + wrote));
        size += wrote;
        at += wrote;
      }
    }
  };
  let giveUp = (): void => undefined;
  const givenUp = new Promise<void>((done) => (giveUp = done));
  // A write that nobody reads may never end.
  const passed = Promise.race([pass().catch(() => undefined), givenUp]).finally(() => source.destroy());
  return {
    descriptor: pipe.write,
    handedOver: () => {
      closeSync(pipe.write);
    },
    digest: passed.then(() => ({ sha256: hash.digest('hex'), size })),
    giveUp,
  };
}

/** Output and errors of a command, passing through mpa. */
export interface Passages {
  readonly stdout: number;
  readonly stderr: number;
  handedOver(): void;
  readonly digests: Promise<{ readonly stdout: Digest; readonly stderr: Digest }>;
  giveUp: () => void;
}

/** Opens both passages, to this process's own output and errors. Throws the system's error. */
export function openPassages(owner: Owner, mkfifo: Mkfifo): Passages {
  const both = [passage(1, makePipe(owner, mkfifo)), passage(2, makePipe(owner, mkfifo))] as const;
  const [out, err] = both;
  return {
    stdout: out.descriptor,
    stderr: err.descriptor,
    handedOver: () => {
      for (const each of both) each.handedOver();
    },
    digests: Promise.all([out.digest, err.digest]).then(([stdout, stderr]) => ({ stdout, stderr })),
    giveUp: () => {
      for (const each of both) each.giveUp();
    },
  };
}
