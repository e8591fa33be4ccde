import { MpaError } from '../core/errors.js';
import { diskError } from './durable.js';
import { found, newest, take } from './generations.js';
import { fateOf, thisProcess } from './processes.js';

export interface Lock {
  /** Lets go. Never throws: what cannot be let go is proven dead when this process ends. */
  release(): Promise<void>;
}

/**
 * Takes the lock that is the folder `folder` (made where absent); null where another process holds it, or where
 * nobody can prove that its holder is gone. A second call in one process finds it held. Errors: `disk`.
 */
export async function tryLock(folder: string): Promise<Lock | null> {
  try {
    const identity = await thisProcess();
    await found(folder, identity);
    const last = await newest(folder);
    if (last === null || last.holder === null) return null;
    if (!last.released && (await fateOf(last.holder, identity)) !== 'dead') return null;
    const release = await take(folder, last, identity);
    return release === null ? null : { release };
  } catch (error) {
    throw diskError(error, folder);
  }
}

/** Who holds the lock, for people: `process 4711 on prod-1`. */
async function holderName(folder: string): Promise<string> {
  const last = await newest(folder).catch(() => null);
  const holder = last?.holder ?? null;
  if (holder === null) return 'another process';
  return `process ${String(holder.pid)} on ${holder.host.split(' ')[0] ?? ''}`;
}

/**
 * Does `work` while holding the lock, waiting up to about ten seconds for it. `pause` waits that many milliseconds.
 * Errors: `locked` that names the holder, `disk`, those of `work`.
 */
export async function withLock<T>(
  folder: string,
  pause: (ms: number) => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const lock = await tryLock(folder);
    if (lock !== null) {
      try {
        return await work();
      } finally {
        await lock.release();
      }
    }
    await pause(50);
  }
  const message = `${await holderName(folder)} holds the lock ${folder}`;
  const hint =
    'Wait for it, or end it. If it is known to be gone (another machine, say), delete that folder and try again.';
  throw new MpaError('locked', message, { hint });
}
