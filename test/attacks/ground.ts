import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Policy } from '../../src/core/policy-document.js';
import { formatTime } from '../../src/core/time.js';
import { openKeystore } from '../../src/signing/keystore.js';
import { forge, type Forge } from '../support/craft.js';
import { commandHere, now } from '../support/hands.js';
import { person, type Person } from '../support/people.js';
import { emptyFolder, remove, transplant } from '../support/places.js';
import { writeBent, type Actor, type Bend, type Written } from './bent.js';
import { castOf, policyFor, type Cast } from './cast.js';

/** How long ago the ledger of every row was begun, in seconds. */
const AGE = 3600;

/** The valid ledger that every row of a file is made from: founded, endorsed, and one request of Alice's that nobody approved. */
export interface Template {
  readonly folder: string;
  readonly cast: Cast;
  readonly policy: Policy;
  readonly anchor: string;
  readonly id: string;
  /** The fields of that request: for more of its kind. */
  readonly request: Readonly<Record<string, unknown>>;
  /** The file that the request would make. */
  readonly trace: string;
  /** The clock when it was made. */
  readonly made: number;
}

/** One row's own copy of it. */
export interface Ground extends Omit<Template, 'folder'> {
  readonly folder: string;
  readonly forge: Forge;
  /** The commit at which it was copied: what everybody has verified. */
  readonly tip: string;
  /** Joined, with a checkpoint at the head: reads on from there. */
  readonly alice: Person;
  /** Has never read this ledger. */
  newcomer(): Person;
  readonly ran: () => boolean;
  /** One event of somebody on the tip, now unless said otherwise. */
  write(actor: string, body: Readonly<Record<string, unknown>>, bend?: Bend, at?: number): Written;
  actor(name: string): Actor;
}

const QUIET = ['init', '-q', '--bare', '--template='];

/** Makes the template; removed by the returned function. */
export async function template(): Promise<{ readonly made: Template; readonly remove: () => void }> {
  const folder = emptyFolder();
  const made = now();
  const at = made - AGE;
  const alice = person(join(folder, 'world'), 'alice');
  const { name, email } = alice;
  const keys = openKeystore(join(alice.home, 'keys'));
  const { fingerprint } = await keys.generate({ name, email, passphrase: null, expires: null, now: at });
  const cast = castOf(made);
  const policy = policyFor(cast, [{ type: 'openpgp', public: await keys.exportPublic(fingerprint) }]);
  const repository = join(folder, 'world', 'ledger.git');
  execFileSync('git', [...QUIET, repository]);
  const ledger = forge(repository);
  const actor = (who: string): Actor => actorOf(cast, who);
  // forge.anchor() is known only to a forge that wrote the genesis, or was told it.
  const genesis = writeBent(ledger, actor('alice'), at, { type: 'genesis', name: 'vault', policy });
  const founded = forge(repository, genesis.id);
  writeBent(founded, actor('bob'), at, { type: 'approve', request: genesis.id });
  const trace = join(alice.folder, 'trace');
  const request = requestOf(alice, ['touch', trace], at);
  const { id } = writeBent(founded, actor('alice'), at, request);
  await alice.must(['key', 'use', fingerprint]);
  await alice.must(['join', repository, '--anchor', genesis.id, '--as', 'alice']);
  return {
    made: { folder, cast, policy, anchor: genesis.id, id, request, trace, made },
    remove: () => remove(folder),
  };
}

/** A command as mpa would ask for it here, for eight hours, once. */
function requestOf(who: Person, argv: readonly [string, ...string[]], at: number): Record<string, unknown> {
  return {
    type: 'request',
    action: commandHere(who, argv),
    justification: 'because it must be done',
    approveBy: formatTime(at + 86_400),
    duration: 28_800,
    uses: 1,
  };
}

function actorOf(cast: Cast, name: string): Actor {
  const actor = cast[name];
  if (actor === undefined) throw new Error(`nobody is called ${name}`);
  return actor;
}

/** A copy of the template for one row, removed with it. Commands run in the template's own folder, which requests name. */
export function ground({ folder: from, ...rest }: Template): Ground {
  const folder = emptyFolder();
  onTestFinished(() => {
    remove(folder);
    rmSync(rest.trace, { force: true });
  });
  const world = join(folder, 'world');
  transplant(join(from, 'world'), world);
  const ledger = forge(join(world, 'ledger.git'), rest.anchor);
  const here = join(from, 'world', 'alice', 'work');
  const alice = at(person(world, 'alice'), here);
  const actor = (name: string): Actor => actorOf(rest.cast, name);
  return {
    ...rest,
    folder,
    forge: ledger,
    tip: ledger.tip() ?? '',
    alice,
    newcomer: () => at(person(join(folder, 'new'), 'newcomer'), here),
    ran: () => existsSync(rest.trace),
    write: (who, body, bend = {}, when = now()) => writeBent(ledger, actor(who), when, body, bend),
    actor,
  };
}

/** The same person, who types in another folder. */
function at(who: Person, folder: string): Person {
  return {
    ...who,
    folder,
    mpa: (args, options) => who.mpa(args, { cwd: folder, ...options }),
    must: (args, options) => who.must(args, { cwd: folder, ...options }),
  };
}
