import { writeFileSync } from 'node:fs';
import { everybody } from './book.js';
import { fatalLedgers, mainLedger } from './ledgers.js';
import { policies } from './policies.js';
import { texts } from './texts.js';

/** Writes the vectors anew: `npm run vectors`. Same keys, same clock, same nonces: the same bytes. */
const people = await everybody();
const ledgers = [
  await mainLedger(people, 'sha1'),
  await mainLedger(people, 'sha256'),
  ...(await fatalLedgers(people)),
];

const write = (name: string, content: unknown): void =>
  writeFileSync(`test/vectors/${name}.json`, `${JSON.stringify(content, null, 1)}\n`);
write('texts', texts());
write('policies', policies(people));
write('ledgers', { ledgers });
