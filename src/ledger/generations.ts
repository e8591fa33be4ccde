import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { ensureFolder, namesIn, sweepDrafts, systemCode, temporary, writeNew } from './durable.js';
import type { ProcessIdentity } from './processes.js';

/*
 * A lock that a killed process cannot leave behind and that two cannot hold, out of plain files: node has no flock.
 *
 * The lock is a folder of generations 0, 1, 2 ...; the newest says who holds it, `N.released` that its holder let go.
 * N+1 is made by link(2), which one process wins, and only after N was seen released or its holder proven dead.
 * Numbers never start again: the folder is born with 0 in it, by one rename. The holder of N clears away the
 * generations up to N-2 in ascending order. So one that slept since it read N, and now links an N+1 that was used
 * and cleared long ago, finds its N gone (or another's token in it), and steps back.
 */

const Holder = v.strictObject({
  token: v.string(),
  pid: v.number(),
  started: v.string(),
  boot: v.string(),
  space: v.string(),
  host: v.string(),
});
type Holder = v.InferOutput<typeof Holder>;

/** One holding of the lock. `holder` null: its file cannot be read. */
export interface Generation {
  readonly number: number;
  readonly holder: Holder | null;
  readonly released: boolean;
}

const RELEASED = '.released';

async function holderIn(folder: string, number: number): Promise<Holder | null> {
  try {
    const parsed = v.safeParse(Holder, JSON.parse(await readFile(join(folder, String(number)), 'utf8')));
    return parsed.success ? parsed.output : null;
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function numbersIn(names: readonly string[]): number[] {
  return names.filter((name) => /^\d{1,15}$/.test(name)).map(Number);
}

/** The newest generation; null where there is no folder yet. Throws the system's error. */
export async function newest(folder: string): Promise<Generation | null> {
  const names = await namesIn(folder);
  const numbers = numbersIn(names);
  if (numbers.length === 0) return null;
  const number = Math.max(...numbers);
  const released = number === 0 || names.includes(String(number) + RELEASED);
  return { number, holder: await holderIn(folder, number), released };
}

function text(identity: ProcessIdentity, token: string): string {
  return JSON.stringify({ token, ...identity });
}

/** Makes the folder with its generation 0, unless it is there. Throws the system's error. */
export async function found(folder: string, identity: ProcessIdentity): Promise<void> {
  if (numbersIn(await namesIn(folder)).length > 0) return;
  await ensureFolder(dirname(folder));
  const draft = temporary(folder);
  try {
    await mkdir(draft, { mode: 0o700 });
    await writeNew(join(draft, '0'), text(identity, randomBytes(16).toString('hex')));
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Somebody else's folder is there already, and not empty.
    if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error))) throw error;
  }
}

async function clear(folder: string, below: number): Promise<void> {
  const names = await namesIn(folder);
  const old = numbersIn(names).filter((number) => number < below);
  for (const number of old.sort((a, b) => a - b)) {
    await unlink(join(folder, String(number))).catch(() => undefined);
    await unlink(join(folder, String(number) + RELEASED)).catch(() => undefined);
  }
  await sweepDrafts(folder, names);
}

/**
 * Makes the generation after `before`, which was seen released or whose holder is dead. Answers how to let go of it; null where
 * somebody else was quicker. Throws the system's error.
 */
export async function take(
  folder: string,
  before: Generation,
  identity: ProcessIdentity,
): Promise<(() => Promise<void>) | null> {
  const number = before.number + 1;
  const path = join(folder, String(number));
  const token = randomBytes(16).toString('hex');
  const draft = temporary(path);
  try {
    await writeNew(draft, text(identity, token));
    await link(draft, path);
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes(systemCode(error))) return null;
    throw error;
  } finally {
    await unlink(draft).catch(() => undefined);
  }
  const still = await holderIn(folder, before.number);
  const top = await newest(folder);
  if (still === null || still.token !== before.holder?.token || top?.holder?.token !== token) {
    await unlink(path).catch(() => undefined);
    return null;
  }
  await clear(folder, number - 1);
  return async () => {
    await writeNew(path + RELEASED, '').catch(() => undefined);
  };
}
