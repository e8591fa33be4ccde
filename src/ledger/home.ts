import { existsSync, statSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { MpaError } from '../core/errors.js';
import { joinLine } from '../core/mending.js';
import { quoted } from '../core/show.js';
import { Archive } from './archive.js';
import { checkpointText, readCheckpoint, type Verified } from './checkpoint.js';
import {
  ensureFolder,
  isAbandoned,
  namesIn,
  readIfThere,
  sweepDrafts,
  systemCode,
  writeDurable,
} from './durable.js';
import { short } from './fatal.js';
import type { Head } from './ledger.js';
import { tryLock } from './lock.js';
import { segmentName } from './segment.js';
import { Shelving } from './shelving.js';

const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const HeadFile = v.strictObject({
  anchor: hex,
  commit: v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)),
  chain: hex,
  at: seconds,
  /** When the remote was last looked at. */
  fetchedAt: v.nullable(seconds),
});

/** The verified head as this machine remembers it. Section 2.2 rests on it. */
export type HeadRecord = v.InferOutput<typeof HeadFile>;

/** A checkpoint of this size or less is rewritten at each move; a larger one once for each so many bytes and commit. */
const STRIDE = 256 * 1024;

/**
 * What this machine keeps of one ledger: the full anchor, the verified head, and, apart from it, the checkpoint with its archive. A lost
 * or odd checkpoint costs time only. A head that is lost, odd or another ledger's is refused: without it a branch could be rewound.
 */
export interface Home {
  readonly folder: string;
  /** The lock around every move of the head. */
  readonly lock: string;
  /** null: nothing was verified here yet. Errors: `foreign-state`, `bad-config`, `unsafe-permissions`. */
  head(): Promise<HeadRecord | null>;
  /** The last checkpoint, and what killed writers left is swept away; or null with the reason why there is none to use (null: there is none at all). */
  checkpoint(): Promise<{ readonly verified: Verified | null; readonly why: string | null }>;
  /** Writes the head; for the holder of the lock. Errors: `disk`. */
  writeHead(head: Head, fetchedAt: number | null): Promise<void>;
  /**
   * Writes the checkpoint where it is due, `read` commits after the last one. `anew`: the state was read from the root. For the holder of
   * the lock. Errors: `disk`.
   */
  writeCheckpoint(verified: Verified, read: number, anew: boolean): Promise<void>;
}

function refuseUnsafe(folder: string): void {
  let mode: number;
  try {
    ({ mode } = statSync(folder));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw new MpaError('bad-config', `the state folder ${folder} cannot be read`, { cause: error });
  }
  if ((mode & 0o022) === 0) return;
  throw new MpaError('unsafe-permissions', `others can write in the state folder ${folder}`, {
    hint: `chmod 700 ${folder}`,
  });
}

function foreign(folder: string, found: string, anchor: string): MpaError {
  return new MpaError(
    'foreign-state',
    `${folder} holds the state of the ledger ${short(found)}, not of ${short(anchor)}`,
    {
      hint: 'Two ledgers share the first digits of their anchors, or a folder was copied: move it away and join again.',
    },
  );
}

/**
 * Opens the state folder of the ledger `anchor`; nothing is written before the first head. `program`: name and version. `remote`: where
 * the ledger is, for words.
 */
export function openHome(folder: string, anchor: string, program: string, remote: string): Home {
  const files = {
    anchor: join(folder, 'anchor'),
    head: join(folder, 'head.json'),
    checkpoint: join(folder, 'checkpoint'),
    archive: join(folder, 'archive'),
  };
  const setAside = (): void => {
    try {
      unlinkSync(files.checkpoint);
    } catch {
      // It cannot be written, or another process was quicker: it is refused again where it is met again.
    }
  };
  const shelving = new Shelving(files.archive, setAside);
  /** Size of the last checkpoint: what writing it anew costs. */
  let size = 0;
  /** Commits read since then. */
  let since = 0;

  function unreadable(path: string, cause?: unknown): MpaError {
    return new MpaError('bad-config', `the record of the verified head cannot be read: ${path}`, {
      hint:
        'It guards against a branch that is set back. Restore the file; or ask another member for their newest head (mpa status ' +
        'prints it), take the record away and join again. What was spent here stays on record:\n' +
        `  ${quoted(['rm', '-f', files.head, files.anchor])}\n` +
        `  ${joinLine(remote, anchor)} --head COMMIT`,
      cause,
    });
  }

  function textOf(path: string): string | null {
    try {
      return readIfThere(path);
    } catch (error) {
      throw unreadable(path, error);
    }
  }

  async function head(): Promise<HeadRecord | null> {
    refuseUnsafe(folder);
    const pinned = textOf(files.anchor)?.trim();
    if (pinned !== undefined && pinned !== anchor) throw foreign(folder, pinned, anchor);
    const text = textOf(files.head);
    if (text === null) {
      // The head is written before the anchor: an anchor by itself has lost its head.
      if (pinned !== undefined) throw unreadable(files.head);
      return null;
    }
    let parsed;
    try {
      parsed = v.safeParse(HeadFile, JSON.parse(text));
    } catch (error) {
      throw unreadable(files.head, error);
    }
    if (!parsed.success) throw unreadable(files.head);
    if (parsed.output.anchor !== anchor) throw foreign(folder, parsed.output.anchor, anchor);
    return parsed.output;
  }

  /**
   * Takes away what killed writers left, and not only where something is written: after a kill, the next command of the same second may
   * have nothing to write. Under the lock, for a writer may be of another machine or container. Never throws.
   */
  async function sweep(): Promise<void> {
    const places = [folder, files.archive];
    const found = await Promise.all(places.map((each) => namesIn(each).catch(() => [])));
    if (!found.some((names) => names.some(isAbandoned))) return;
    const lock = await tryLock(join(folder, 'lock')).catch(() => null);
    if (lock === null) return;
    for (const [at, each] of places.entries()) await sweepDrafts(each, found[at] ?? []);
    await lock.release();
  }

  return {
    folder,
    lock: join(folder, 'lock'),
    head,
    async checkpoint() {
      await sweep();
      for (let before: string | null = null; ;) {
        let text: string | null;
        try {
          text = readIfThere(files.checkpoint);
        } catch (error) {
          return { verified: null, why: `it cannot be read (${systemCode(error)})` };
        }
        if (text === null) return { verified: null, why: null };
        const read = readCheckpoint(text, { anchor, program }, (refs) =>
          Archive.open(files.archive, refs, setAside),
        );
        if (read.ok) {
          size = text.length;
          return { verified: read.verified, why: null };
        }
        // Another process may have replaced it, and taken away what it was read with.
        if (text === before) return { verified: null, why: read.why };
        before = text;
      }
    },
    async writeHead({ commit, chain, at }, fetchedAt) {
      await ensureFolder(folder);
      const record: HeadRecord = { anchor, commit, chain, at, fetchedAt };
      await writeDurable(files.head, `${JSON.stringify(record, null, 2)}\n`);
      if (textOf(files.anchor) === null) await writeDurable(files.anchor, `${anchor}\n`);
    },
    async writeCheckpoint(verified, read, anew) {
      since += read;
      if (since * STRIDE < size) return;
      const base = shelving.base(verified.state, anew);
      // Another process has written it together with others: its checkpoint is as good, and newer than what ours began with.
      if (base?.refs.some((ref) => !existsSync(join(files.archive, segmentName(ref)))) === true) return;
      const shelved = await shelving.shelve(verified.state, () => ensureFolder(files.archive));
      const text = checkpointText(verified, shelved, { anchor, program });
      await ensureFolder(folder);
      await writeDurable(files.checkpoint, text);
      size = text.length;
      since = 0;
      await sweepArchive(files.archive, shelved.archive);
    },
  };
}

/** Removes what no checkpoint names any more. Whoever has it open still reads it. Never throws. */
async function sweepArchive(folder: string, archive: Archive | null): Promise<void> {
  const named = new Set(archive?.refs.map((ref) => segmentName(ref)));
  const names = await namesIn(folder).catch(() => []);
  for (const name of names)
    if (name.endsWith('.seg') && !named.has(name))
      await rm(join(folder, name), { force: true }).catch(() => undefined);
}
