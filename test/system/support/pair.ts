import { join } from 'node:path';
import { keygen, person, type Person, type Ran, type RunOptions } from '../../support/people.js';

/** Somebody whose every mpa starts with more variables. */
export function withEnv(who: Person, env: Readonly<Record<string, string>>): Person {
  const options = (given: RunOptions = {}): RunOptions => ({ ...given, env: { ...env, ...given.env } });
  return {
    ...who,
    mpa: (args, given): Promise<Ran> => who.mpa(args, options(given)),
    must: (args, given): Promise<Ran> => who.must(args, options(given)),
  };
}

/** The HOME of a person, where their .gitconfig lies. */
export function homeOf(who: Person): string {
  return join(who.home, '..', 'home');
}

/** Alice and Bob with keys, in an empty folder. */
export async function pair(folder: string): Promise<{ alice: Person; bob: Person; bobKey: string }> {
  const [alice, bob] = [person(folder, 'alice'), person(folder, 'bob')];
  const [, { publicKeyFile }] = await Promise.all([keygen(alice), keygen(bob)]);
  return { alice, bob, bobKey: publicKeyFile };
}

/** The genesis by Alice at `remote`, joined and endorsed by Bob at the address that he knows it by. Returns the anchor. */
export async function begin(
  alice: Person,
  bob: Person,
  bobKey: string,
  remote: string,
  bobsRemote = remote,
): Promise<string> {
  const members = ['--name', 'prod', '--as', 'alice', '--member', `bob=${bobKey}`];
  const anchor = (await alice.must(['init', remote, ...members, '--json'])).text('anchor');
  await bob.must(['join', bobsRemote, '--anchor', anchor]);
  await bob.must(['approve', anchor, '--yes']);
  return anchor;
}
