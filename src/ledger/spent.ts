import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MpaError } from '../core/errors.js';
import type { Digest, Exit } from '../core/events.js';
import { claimText, parseClaim } from './claim-file.js';
import { ensureFolder, moveDurable, namesIn, readIfThere, sweepDrafts, writeDurable } from './durable.js';
import { tryLock, type Lock } from './lock.js';

export type { Lock } from './lock.js';

/** claimed: recorded, the push may or may not have landed. Section 8.4; each stage is flushed before the act it allows. */
export type Stage = 'claimed' | 'pushed' | 'spawning' | 'finished';

export interface FinishNote {
  readonly exit: Exit;
  readonly millis: number;
  readonly stdout?: Digest;
  readonly stderr?: Digest;
  readonly outputs?: readonly (Digest & { readonly path: string })[];
}

/** One use of a grant, as this machine remembers it. */
export interface Claim {
  /** The start event's id. */
  readonly start: string;
  readonly request: string;
  /** The start's commit and that commit's parent. */
  readonly commit: string;
  readonly parent: string;
  readonly actor: string;
  readonly at: number;
  readonly stage: Stage;
  /** What `finish` will say; null until known. */
  readonly finish: FinishNote | null;
  /**
   * lost: the verified branch shows it never was. recorded: its finish is in the ledger. dropped: its finish can no longer count.
   * interrupted: it may have been spawned, and nobody knows how it ended. All but `lost` stay spent.
   */
  readonly settled: null | 'lost' | 'recorded' | 'dropped' | 'interrupted';
}

/** This machine's own record of uses. Never shrinks a spent use but by proof. */
export interface SpentRecord {
  /** All claims, or those of one request, by time. Errors: `bad-config` for a record that cannot be read: fail closed. */
  claims(request?: string): Promise<readonly Claim[]>;
  /** The claims that are not settled yet, by time. Errors: as `claims`. */
  unsettled(): Promise<readonly Claim[]>;
  /** Writes a new claim, flushed to disk. Errors: `disk`. */
  claim(claim: Claim): Promise<void>;
  /** Replaces the claim of the same start, flushed. For the holder of its lock. Errors: `disk`. */
  update(claim: Claim): Promise<void>;
  /** The claim's lock, held by a live process until `finish`; null where another process may still hold it. Errors: `disk`. */
  lock(start: string): Promise<Lock | null>;
}

function unreadable(path: string, cause: unknown): MpaError {
  const hint =
    'It says which uses are spent, so nothing runs without it: restore it, or move it away once you know what it would have said.';
  return new MpaError('bad-config', `the record of a spent use cannot be read: ${path}`, { hint, cause });
}

async function readClaim(path: string): Promise<Claim | null> {
  let text: string | null;
  try {
    text = readIfThere(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (text === null) return null;
  const claim = parseClaim(text);
  if (claim === null || !path.endsWith(fileName(claim.request, claim.start)))
    throw unreadable(path, undefined);
  return claim;
}

function fileName(request: string, start: string): string {
  for (const id of [request, start])
    if (!/^[0-9a-f]{64}$/.test(id)) throw new MpaError('bug', 'a claim is named by two full ids');
  return `${request}-${start}.json`;
}

function byTime(a: Claim, b: Claim): number {
  return a.at - b.at || (a.start < b.start ? -1 : 1);
}

/**
 * The record of spent uses in `folder` (absolute; made when first written): one file for each claim, in `open` until it is
 * settled, then in `settled`, and a lock for each in `locks`. Section 8.4.
 */
export function openSpentRecord(folder: string): SpentRecord {
  const open = join(folder, 'open');
  const settled = join(folder, 'settled');
  const locks = join(folder, 'locks');

  async function within(part: string, request: string | undefined): Promise<Claim[]> {
    let names: readonly string[];
    try {
      names = await namesIn(part);
    } catch (error) {
      throw unreadable(part, error);
    }
    const found: Claim[] = [];
    for (const name of names) {
      // Drafts of writers that were killed hold nothing that was ever true.
      if (/\.tmp-\d+-\d+$/.test(name) || !name.startsWith(request ?? '')) continue;
      const claim = await readClaim(join(part, name));
      if (claim !== null) found.push(claim);
    }
    return found;
  }

  /** Drafts of writers that were killed, wherever they stood. */
  async function sweep(): Promise<void> {
    const held = await namesIn(locks).catch(() => []);
    for (const part of [open, locks, ...held.map((name) => join(locks, name))])
      await sweepDrafts(part, await namesIn(part).catch(() => []));
  }

  return {
    async claims(request) {
      // In this order: a claim that is settled meanwhile is met twice rather than never.
      const all = [...(await within(open, request)), ...(await within(settled, request))];
      return [...new Map(all.map((claim) => [claim.start, claim])).values()].sort(byTime);
    },
    async unsettled() {
      await sweep();
      return (await within(open, undefined)).filter((claim) => claim.settled === null).sort(byTime);
    },
    async claim(claim) {
      const name = fileName(claim.request, claim.start);
      const path = join(open, name);
      for (const there of [path, join(settled, name)])
        if ((await readClaim(there)) !== null) throw new MpaError('bug', 'that use is claimed already');
      await ensureFolder(open);
      await writeDurable(path, claimText(claim));
    },
    async update(claim) {
      const name = fileName(claim.request, claim.start);
      const path = join(open, name);
      if ((await readClaim(path)) === null) throw new MpaError('bug', 'only an open claim can change');
      await writeDurable(path, claimText(claim));
      if (claim.settled === null) return;
      await ensureFolder(settled);
      await moveDurable(path, join(settled, name));
      // Whoever takes it from now on finds the claim settled, and leaves it alone.
      await rm(join(locks, claim.start), { recursive: true, force: true }).catch(() => undefined);
    },
    lock(start): Promise<Lock | null> {
      if (!/^[0-9a-f]{64}$/.test(start)) throw new MpaError('bug', 'a claim is locked by its full id');
      return tryLock(join(locks, start));
    },
  };
}
