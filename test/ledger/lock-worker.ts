import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { tryLock } from '../../src/ledger/lock.js';

/*
 * A process that contends for a lock. `count FOLDER FILE TIMES`: adds one to the number in FILE, TIMES times, each under
 * the lock, reading and writing it apart; two holders at once would lose counts. `hold FOLDER FILE`: takes it and never lets go.
 */
const [how, folder = '', file = '', times = '1'] = process.argv.slice(2);

if (how === 'hold') {
  const lock = await tryLock(folder);
  appendFileSync(file, lock === null ? 'refused\n' : 'held\n');
  await pause(600_000);
} else {
  for (let done = 0; done < Number(times);) {
    const lock = await tryLock(folder);
    if (lock === null) {
      await pause(Math.random() * 4);
      continue;
    }
    const before = Number(readFileSync(file, 'utf8'));
    await pause(Math.random() * 2);
    writeFileSync(file, String(before + 1));
    await lock.release();
    done += 1;
  }
}
