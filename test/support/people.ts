import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inject } from 'vitest';
import { place, transplant } from './places.js';

/** The built program. */
export const MPA = resolve('bin/mpa.js');

/** How one command line ended. */
export interface Ran {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** One value of the JSON document on stdout; undefined where it is not there. */
  json(...path: readonly (string | number)[]): unknown;
  /** The same, as text: an id, a word. Throws where it is none. */
  text(...path: readonly (string | number)[]): string;
  /** Exit status and, with --json, the error's code: what a refusal is recognised by. */
  readonly outcome: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Standard input; /dev/null where absent. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Person {
  readonly handle: string;
  readonly name: string;
  readonly email: string;
  /** Their MPA_HOME. */
  readonly home: string;
  /** The folder that they type commands in. */
  readonly folder: string;
  /** Runs mpa with a minimal environment: PATH, their own HOME and MPA_HOME, nobody to ask. */
  mpa(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** The same, and throws with all that was printed unless it exits 0. */
  must(args: readonly string[], options?: RunOptions): Promise<Ran>;
}

/** Runs one program and keeps what it prints. Ends it after two minutes. */
export function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  options: RunOptions = {},
): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...env, ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: 120_000,
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    // A program that reads no input closes its end: not this test's business.
    child.stdin?.on('error', () => undefined).end(options.input);
    child.on('error', fail);
    child.on('close', (status, signal) => {
      done(ran(status, signal, stdout, stderr));
    });
  });
}

function ran(status: number | null, signal: NodeJS.Signals | null, stdout: string, stderr: string): Ran {
  const json = (...path: readonly (string | number)[]): unknown => {
    let value: unknown = JSON.parse(stdout);
    for (const name of path) {
      value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
    }
    return value;
  };
  const text = (...path: readonly (string | number)[]): string => {
    const value = json(...path);
    if (typeof value !== 'string') throw new Error(`no text at ${path.join('.')} of ${stdout}${stderr}`);
    return value;
  };
  const code = (): string => {
    try {
      const found = json('error', 'code') ?? json('reason');
      return typeof found === 'string' ? found : '';
    } catch {
      return '';
    }
  };
  return {
    status,
    signal,
    stdout,
    stderr,
    json,
    text,
    outcome: `${String(status ?? signal)} ${code()}`.trim(),
  };
}

/** Somebody with an empty home under `world`. */
export function person(world: string, handle: string): Person {
  const home = join(world, handle, 'mpa');
  const folder = join(world, handle, 'work');
  const own = join(world, handle, 'home');
  for (const each of [own, folder]) mkdirSync(each, { recursive: true });
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: own,
    MPA_HOME: home,
    MPA_NO_INPUT: '1',
    LANG: 'C.UTF-8',
  };
  const mpa = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
    run(process.execPath, [MPA, ...args], env, { cwd: folder, ...options });
  const must = async (args: readonly string[], options: RunOptions = {}): Promise<Ran> => {
    const result = await mpa(args, options);
    if (result.status === 0) return result;
    throw new Error(`mpa ${args.join(' ')} ended with ${result.outcome}\n${result.stdout}${result.stderr}`);
  };
  const called = handle.charAt(0).toUpperCase() + handle.slice(1);
  return { handle, name: `${called} Example`, email: `${handle}@example.org`, home, folder, mpa, must };
}

/** Makes a key without a passphrase; its fingerprint and public file. */
export async function keygen(who: Person): Promise<{ fingerprint: string; publicKeyFile: string }> {
  const args = ['keygen', '--name', who.name, '--email', who.email, '--no-passphrase', '--json'];
  const made = await who.must(args);
  return { fingerprint: made.text('fingerprint'), publicKeyFile: made.text('publicKeyFile') };
}

/** Alice and Bob with a ledger that both have signed, and Carol with a key but no place in it. */
export interface World {
  readonly folder: string;
  /** The bare repository that all of them push to; its branch is `refs/heads/mpa`. */
  readonly remote: string;
  readonly anchor: string;
  readonly alice: Person;
  readonly bob: Person;
  readonly carol: Person;
}

function worldAt(folder: string, anchor: string): World {
  return {
    folder,
    remote: join(folder, 'ledger.git'),
    anchor,
    alice: person(folder, 'alice'),
    bob: person(folder, 'bob'),
    carol: person(folder, 'carol'),
  };
}

/** Makes such a world in an empty folder by the commands that people type. Slow: tests copy one with `founded`. */
export async function found(folder: string): Promise<World> {
  const { remote, alice, bob, carol } = worldAt(folder, '');
  const [, key] = await Promise.all([alice, bob, carol].map(keygen));
  const member = `bob=${key?.publicKeyFile ?? ''}`;
  const init = ['init', remote, '--name', 'prod', '--as', 'alice', '--member', member, '--yes', '--json'];
  const anchor = (await alice.must(init)).text('anchor');
  await bob.must(['join', remote, '--anchor', anchor]);
  await bob.must(['approve', anchor, '--yes']);
  return worldAt(folder, anchor);
}

/** A copy of the world that the run's global set-up made, at `folder`: about as fast as copying a folder. */
export function transplanted(folder: string): World {
  const template = inject('world');
  transplant(template.folder, folder);
  return worldAt(folder, template.anchor);
}

/** Such a copy, removed when the test ends. */
export function founded(): World {
  return transplanted(join(place(), 'world'));
}

/** Alice asks for a command of her own; the request's full id. */
export async function ask(
  who: Person,
  command: readonly string[],
  flags: readonly string[] = [],
): Promise<string> {
  const asked = await who.must([
    'request',
    '-m',
    'because it must be done',
    ...flags,
    '--json',
    '--',
    ...command,
  ]);
  return asked.text('request', 'id');
}

/** Approves by the full id, without a question. */
export function approve(who: Person, id: string, flags: readonly string[] = []): Promise<Ran> {
  return who.must(['approve', id, '--yes', ...flags, '--json']);
}
