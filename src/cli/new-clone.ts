import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MpaError } from '../core/errors.js';
import type { Store } from '../core/ports.js';
import type { Stage } from '../ledger/inspect.js';
import type { Ledger, View } from '../ledger/ledger.js';
import type { NewClone } from '../workflows/place.js';
import { isMissing, makeFolder, narrow, words } from './files.js';
import { ledgerFolders, type Folders } from './folders.js';
import { onInterrupt } from './interrupts.js';
import { putAside, takeUp, type Places } from './unfinished.js';

/** How stores and ledgers are made: handed in by cli/context.ts. */
export interface Makers {
  create(folder: string): Promise<Store>;
  /** Opens one that is there. */
  open(folder: string): Promise<Store>;
  /** How far a verification has come, kept in a state folder. */
  stage(state: string): Stage;
  ledger(store: Store, anchor: string, state: string): Promise<Ledger>;
  /** Remembers a verified view in a state folder that remembers none. */
  pin(store: Store, view: View, state: string): Promise<void>;
}

/** What ends a join and says nothing against what was verified: it is there for the next one. */
const BESIDE = [
  'cancelled',
  'answer-needed',
  'remote-unreachable',
  'future',
  'no-identity',
  'no-key',
  'usage',
];

const GOES_ON =
  'Nothing was joined. What was verified so far is kept for a week: the same `mpa join` goes on there.';

/**
 * A private clone and a state folder under names that nobody looks for, beside the places where they are to be: keeping them is a rename.
 * `left`: where an interrupted one was left, and this one is if it is interrupted; null: nowhere. Errors: those of the store; `disk`.
 */
export async function beginClone(folders: Folders, makers: Makers, left: Places | null): Promise<NewClone> {
  const draft = `new-${randomBytes(6).toString('hex')}`;
  const clone = join(folders.ledgers, draft);
  const state = join(folders.state, draft);
  let ended = false;
  const forget = onInterrupt(() => {
    ended = true;
    const aside = left !== null && putAside({ clone, state }, left);
    for (const folder of [clone, state]) rmSync(folder, { recursive: true, force: true });
    return aside ? GOES_ON : null;
  });
  const discard = async (why?: unknown): Promise<void> => {
    forget();
    ended = true;
    if (left !== null && why instanceof MpaError && BESIDE.includes(why.code))
      putAside({ clone, state }, left);
    for (const folder of [clone, state])
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  };
  await makeFolder(folders.ledgers);
  await makeFolder(folders.state);
  let store: Store;
  try {
    const again = left !== null && (await takeUp(left, { clone, state }));
    store = (again ? await reopened(makers, clone, state) : null) ?? (await makers.create(clone));
    // git makes its folders by the umask; everything of ours is for its owner alone (CLI.md).
    await narrow(clone);
  } catch (error) {
    await discard(error);
    throw error;
  }
  const stage = makers.stage(state);
  return {
    store,
    stage: {
      from: (anchor, oids) => stage.from(anchor, oids),
      passing: async (anchor, verified, anew) => {
        // After an interrupt this goes on for a moment: what was put aside is not to be made again.
        return !ended && (await stage.passing(anchor, verified, anew));
      },
    },
    earlier: async (anchor) => {
      const { state: known } = ledgerFolders(folders, anchor);
      return (await isThere(known)) ? makers.ledger(store, anchor, known) : null;
    },
    keep: async (view) => {
      const places = ledgerFolders(folders, view.anchor);
      // What this machine verified and spent of this ledger before is never forgotten by joining it again.
      await makers.pin(store, view, (await isThere(places.state)) ? places.state : state);
      // The state first: a clone without it would be trusted as if nothing had been verified.
      await move(state, places.state);
      await move(clone, places.clone);
    },
    discard,
  };
}

/** A clone that was left, opened; null: it is at fault, and gone. */
async function reopened(makers: Makers, clone: string, state: string): Promise<Store | null> {
  try {
    return await makers.open(clone);
  } catch (error) {
    if (!(error instanceof MpaError)) throw error;
    for (const folder of [clone, state]) await rm(folder, { recursive: true, force: true });
    return null;
  }
}

/** Moves a draft to its place, unless something is there already or there is no draft. */
async function move(draft: string, place: string): Promise<void> {
  if (!(await isThere(draft))) return;
  try {
    if (await isThere(place)) await rm(draft, { recursive: true, force: true });
    else await rename(draft, place);
  } catch (error) {
    throw new MpaError('disk', `${place} cannot be made: ${words(error)}.`, { cause: error });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw new MpaError('disk', `${path} cannot be looked at: ${words(error)}.`, { cause: error });
  }
}

/** Removes a bare repository that holds no reference. Never throws: what cannot be removed does no harm. */
export async function removeUnused(repository: string | null): Promise<void> {
  if (repository === null) return;
  try {
    const heads = await readdir(join(repository, 'refs', 'heads'));
    if (heads.length === 0 && !(await isThere(join(repository, 'packed-refs'))))
      await rm(repository, { recursive: true });
  } catch {
    return;
  }
}
