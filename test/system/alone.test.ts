import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inForce } from '../../src/core/counting.js';
import { standingDecision } from '../../src/core/decide.js';
import type { LedgerState } from '../../src/core/state.js';
import { formatTime } from '../../src/core/time.js';
import type { Group } from '../../src/cli/define/define.js';
import { splitArgv } from '../../src/cli/argv.js';
import { parse } from '../../src/cli/program.js';
import { createStore } from '../../src/git/store.js';
import { inspect } from '../../src/ledger/inspect.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import { openKeystore } from '../../src/signing/keystore.js';
import { forge, type Forge } from '../support/craft.js';
import { commandHere, firstPolicy, handOf, keyOf, now, proposePolicy } from '../support/hands.js';
import { MPA, run, transplanted, type Person, type Ran, type World } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';

/** Bob, alone, in a ledger of three: what he could lay hands on. */
interface Stage extends World {
  readonly forge: Forge;
  /** Bob's key and files of his. */
  readonly fingerprint: string;
  readonly publicKey: string;
  readonly secretKey: string;
  /** A key that nobody listed. */
  readonly stranger: string;
  /** A grant of Alice's that Carol has approved, another like it, and one that waits for somebody. */
  readonly grant: string;
  readonly other: string;
  readonly waiting: string;
  /** A policy of his: he alone decides what may be asked, as far as a file can say so. */
  readonly file: string;
  /** What Bob asked for by `mpa request`, and proposed by `mpa resume` and its like. */
  own: string;
  proposal: string;
  state: LedgerState;
  tip: string | null;
}

type Act = (stage: Stage) => readonly string[];
interface Row {
  readonly acts: readonly (readonly [args: Act, outcome: string | RegExp])[];
  /** What has ended afterwards, by one signature. */
  readonly stops?: (stage: Stage) => readonly (readonly [id: string, reason: string])[];
}

const REASON = ['-m', 'because I say so'] as const;
const YES = ['--yes', '--json'] as const;

function nothing(...acts: Row['acts']): Row {
  return { acts };
}

/** Every command of the program. A new one without a row fails the first test. */
const ROWS: Readonly<Record<string, Row>> = {
  keygen: nothing([
    () => ['keygen', '--name', 'Bob Again', '--email', 'b@x.org', '--no-passphrase', '--json'],
    '0',
  ]),
  'key list': nothing([() => ['key', 'list', '--json'], '0']),
  'key export': nothing([() => ['key', 'export'], '0']),
  'key import': nothing([({ secretKey }) => ['key', 'import', secretKey, '--json'], '0']),
  'key use': nothing([({ fingerprint }) => ['key', 'use', fingerprint], '0']),
  'key renew': nothing([
    ({ fingerprint }) => ['key', 'renew', fingerprint, '--expires', '1y', ...REASON, ...YES],
    '0',
  ]),
  init: nothing([
    ({ remote, stranger }) => [
      ...['init', remote, '--name', 'mine', '--as', 'bob'],
      ...['--member', `mallory=${stranger}`, '--json'],
    ],
    '4 remote-not-empty',
  ]),
  join: nothing(
    [
      ({ remote, anchor }) => [
        'join',
        remote,
        '--anchor',
        anchor,
        '--as',
        'alice',
        '--name',
        'second',
        '--json',
      ],
      '5 no-key',
    ],
    [
      ({ remote, anchor }) => [
        'join',
        remote,
        '--anchor',
        anchor,
        '--as',
        'bob',
        '--name',
        'third',
        '--json',
      ],
      /^0|^6 /,
    ],
  ),
  status: nothing([() => ['status', '--json'], '0']),
  request: nothing(
    [() => ['request', ...REASON, '--json', '--', 'touch', 'alone'], '0'],
    [() => ['request', ...REASON, '--json', '--access', 'ssh/prod-1'], '0'],
  ),
  list: nothing([() => ['list', '--all', '--json'], '0']),
  inbox: nothing([() => ['inbox', '--json'], '0']),
  show: nothing([({ own }) => ['show', own, '--json'], '0']),
  approve: nothing(
    [({ own }) => ['approve', own, ...YES], '1 self-approval'],
    [({ proposal }) => ['approve', proposal, ...YES], '1 self-approval'],
    [({ anchor }) => ['approve', anchor, ...YES], '1 closed'],
  ),
  exec: nothing(
    [({ own }) => ['exec', own, '--no-wait', '--json'], '125 pending'],
    [({ grant }) => ['exec', grant, '--no-wait', '--json'], '125 wrong-runner'],
    [() => ['exec', '--access', 'b', '--no-wait', '--json', '--', 'true'], /^125 /],
    [() => ['exec', '--no-wait', ...REASON, '--json', '--', 'touch', 'again'], '125 pending'],
  ),
  verify: nothing([({ own }) => ['verify', own, '--json'], '1 pending']),
  'policy show': nothing([() => ['policy', 'show', '--json'], '0']),
  // Without a terminal there is no editor; what it ends in is what propose ends in.
  'policy edit': nothing([() => ['policy', 'edit', ...REASON, ...YES, '--anyway'], '2 answer-needed']),
  'policy check': nothing([({ file }) => ['policy', 'check', file, '--json'], /^[01]/]),
  'policy propose': nothing([({ file }) => ['policy', 'propose', file, ...REASON, ...YES, '--anyway'], '0']),
  'policy diff': nothing([({ proposal }) => ['policy', 'diff', proposal, '--json'], '0']),
  'policy rebase': nothing([({ proposal }) => ['policy', 'rebase', proposal, ...REASON, ...YES], '2 usage']),
  'policy test': nothing([() => ['policy', 'test', '--json', '--', 'touch', 'x'], /^[01]/]),
  watch: nothing([() => ['watch', '--json'], '124']),
  'member add': nothing([
    ({ stranger }) => ['member', 'add', 'mallory', '--key', stranger, ...REASON, ...YES],
    '0',
  ]),
  'member remove': nothing([() => ['member', 'remove', 'alice', ...REASON, ...YES, '--anyway'], '0']),
  'member rotate': nothing(
    [
      ({ stranger }) => ['member', 'rotate', 'alice', '--key', stranger, ...REASON, ...YES, '--anyway'],
      /^0|^2 usage/,
    ],
    [
      ({ stranger }) => [
        'member',
        'rotate',
        'bob',
        '--key',
        stranger,
        '--add',
        ...REASON,
        ...YES,
        '--anyway',
      ],
      /^0|^2 usage/,
    ],
  ),
  'member list': nothing([() => ['member', 'list', '--json'], '0']),
  'group add': nothing([() => ['group', 'add', 'mine', 'bob', ...REASON, ...YES], '0']),
  'group remove': nothing([() => ['group', 'remove', 'team', 'alice', ...REASON, ...YES, '--anyway'], '0']),
  'group list': nothing([() => ['group', 'list', '--json'], '0']),
  'executor add': nothing([
    ({ stranger }) => ['executor', 'add', 'robot', '--key', stranger, ...REASON, ...YES],
    '0',
  ]),
  'executor remove': nothing([() => ['executor', 'remove', 'runner', ...REASON, ...YES], '0']),
  'executor rotate': nothing([
    ({ stranger }) => ['executor', 'rotate', 'runner', '--key', stranger, ...REASON, ...YES],
    '0',
  ]),
  'executor list': nothing([() => ['executor', 'list', '--json'], '0']),
  resume: nothing([() => ['resume', ...REASON, '--json'], '1 nothing-to-resume']),
  log: nothing([() => ['log', '--json'], '0']),
  audit: nothing([() => ['audit', '--json'], '0']),
  sync: nothing(
    [() => ['sync', '--json'], '0'],
    [({ forge: branch }) => ['sync', '--accept', branch.tip() ?? '', ...YES], /^(0|2|1)/],
  ),
  doctor: nothing([() => ['doctor', '--json'], /^[01]/]),
  completion: nothing([() => ['completion', 'bash'], '0']),
  complete: nothing([() => ['complete', '--', 'approve', ''], '0']),
  withdraw: {
    acts: [
      [({ own }) => ['withdraw', own, '--json'], '0'],
      [({ waiting }) => ['withdraw', waiting, '--json'], '1 not-allowed'],
    ],
    stops: ({ own }) => [[own, 'withdrawn']],
  },
  deny: {
    acts: [[({ waiting }) => ['deny', waiting, ...REASON, '--json'], '0']],
    stops: ({ waiting }) => [[waiting, 'denied']],
  },
  revoke: {
    acts: [[({ grant }) => ['revoke', grant, ...REASON, '--json'], '0']],
    stops: ({ grant }) => [[grant, 'revoked']],
  },
  halt: {
    acts: [
      [() => ['halt', '--who', 'alice', ...REASON, '--json'], '0'],
      [() => ['halt', ...REASON, '--json'], '0'],
      [() => ['resume', ...REASON, '--json'], '0'],
    ],
    stops: ({ other }) => [[other, 'halted']],
  },
};

/** By convention: what a file of define/ exports under its own name. */
function isGroup(value: unknown): value is Group {
  return typeof value === 'function';
}

/** Words of every command that does something, from the files that define them, and from what help says. */
async function commands(): Promise<string[]> {
  const program = new Command('mpa');
  const folder = resolve('src/cli/define');
  for (const file of readdirSync(folder)) {
    const module = (await import(join(folder, file))) as Record<string, unknown>;
    const group = module[basename(file, '.ts')];
    if (file !== 'define.ts' && isGroup(group)) group(program, () => undefined);
  }
  const below = (command: Command, path: readonly string[]): string[] =>
    command.commands.flatMap((child) => {
      const words = [...path, child.name()];
      return child.commands.length > 0 ? below(child, words) : [words.join(' ')];
    });
  return [...new Set([...below(program, []), ...(await helped([]))])].sort();
}

/** The same, as people see it: a file of another kind, or a command that is hidden, is in one of the two. */
async function helped(path: readonly string[]): Promise<string[]> {
  let text = '';
  await parse(splitArgv([...path, '--help']), {
    out: (more) => (text += more),
    err: (more) => (text += more),
  });
  const [, listed = ''] = text.split('Commands:\n');
  const names = [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)].flatMap(([, name = '']) =>
    name === 'help' ? [] : [name],
  );
  if (names.length === 0) return [path.join(' ')];
  return (await Promise.all(names.map((name) => helped([...path, name])))).flat();
}

/** What one person alone must not move: the policy, who is in it with which keys, what is granted, what has run. */
function counting(state: LedgerState): Record<'policy' | 'members' | 'granted' | 'runs', unknown> {
  const { id, policy } = inForce(state);
  const granted = [...state.requests.values()].filter(
    (record) => standingDecision(state, record, now()).authorised,
  );
  return {
    policy: id,
    members: [policy.members, policy.executors, policy.groups],
    granted: granted.map((record) => record.id),
    runs: [...state.runs.keys()],
  };
}

let stage: Stage;
let top: string;
let read: () => Promise<LedgerState>;

/** A policy of three and a machine, and Alice's requests: all of it written by others, before Bob begins. */
async function prepare(): Promise<Stage> {
  const world = transplanted(join(top, 'world'));
  const { alice, bob, carol, remote, anchor } = world;
  const branch = forge(remote, anchor);
  const [hers, theirs] = [await handOf(alice), await handOf(carol)];
  const first = firstPolicy(branch);
  const member = { name: carol.name, email: carol.email, keys: [await keyOf(carol)] };
  const machine = openKeystore(join(top, 'machine'));
  const made = await machine.generate({
    name: 'Runner',
    email: 'r@x.org',
    passphrase: null,
    expires: null,
    now: now() - 60,
  });
  const listed = { type: 'openpgp' as const, public: await machine.exportPublic(made.fingerprint) };
  const three = await proposePolicy(branch, hers, anchor, {
    ...first.policy,
    members: { ...first.policy.members, carol: member },
    executors: { runner: { name: 'Runner', email: 'r@x.org', keys: [listed] } },
    groups: { team: ['alice', 'bob', 'carol'] },
  });
  await branch.write(await handOf(bob), now(), { type: 'approve', request: three });
  const asked = async (resource: string | null, granted: boolean): Promise<string> => {
    const at = now();
    const common = {
      type: 'request',
      justification: 'x',
      approveBy: formatTime(at + 3600),
      duration: 3600,
    } as const;
    const command = { ...commandHere(alice, ['touch', join(alice.folder, 'trace')]), cwd: bob.folder };
    const { id } =
      resource === null
        ? await branch.write(hers, at, { ...common, action: command, uses: 5 })
        : await branch.write(hers, at, { ...common, action: { kind: 'access', resource } });
    if (granted) await branch.write(theirs, now(), { type: 'approve', request: id });
    return id;
  };
  const keys = openKeystore(join(bob.home, 'keys'));
  const [own] = await keys.list();
  const strange = await machine.generate({
    name: 'Mallory',
    email: 'm@x.org',
    passphrase: null,
    expires: null,
    now: now() - 60,
  });
  const store = await createStore({
    folder: join(top, 'clone.git'),
    remote,
    env: { PATH: process.env['PATH'] },
  });
  const parts = {
    store,
    checker: createSignatureChecker(),
    certificates: createCertificateReader(),
    clock: { now },
  };
  read = async () => (await inspect(parts)).state;
  const ids = {
    grant: await asked(null, true),
    other: await asked('b', true),
    waiting: await asked('c', false),
  };
  const fingerprint = own?.fingerprint ?? '';
  return {
    ...world,
    ...ids,
    forge: branch,
    fingerprint,
    publicKey: own?.publicKeyFile ?? '',
    secretKey: join(bob.home, 'keys', `${fingerprint}.secret.asc`),
    stranger: strange.publicKeyFile,
    file: join(bob.folder, 'policy.yaml'),
    own: '',
    proposal: '',
    state: await read(),
    tip: branch.tip(),
  };
}

beforeAll(async () => {
  top = emptyFolder();
  stage = await prepare();
  const { bob } = stage;
  stage.own = (await bob.must(['request', ...REASON, '--json', '--', 'touch', 'mine'])).text('request', 'id');
  stage.proposal = (await bob.must(['group', 'add', 'friends', 'bob', 'carol', ...REASON, ...YES])).text(
    'request',
    'id',
  );
  const shown = (await bob.must(['policy', 'show'])).stdout;
  writeFileSync(stage.file, shown.replaceAll(/maxUses: \d+/g, 'maxUses: 999'));
  expect(shown).toMatch(/maxUses: \d+/);
});
afterAll(() => remove(top));

/** Reads all of it again, where the branch has moved. */
async function reread(): Promise<void> {
  const tip = stage.forge.tip();
  if (tip === stage.tip) return;
  stage.state = await read();
  stage.tip = tip;
}

/** What stays until somebody ends it: three seconds of it. */
function watched({ home, folder }: Person, words: readonly string[]): Promise<Ran> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, MPA_HOME: home, MPA_NO_INPUT: '1' };
  return run('timeout', ['--signal=INT', '3', process.execPath, MPA, ...words], env, { cwd: folder });
}

async function tried(bob: Person, row: Row): Promise<Ran[]> {
  const ran: Ran[] = [];
  for (const [args, outcome] of row.acts) {
    const words = args(stage);
    const one = words[0] === 'watch' ? await watched(bob, words) : await bob.mpa(words);
    const told = `mpa ${words.join(' ')}\n${one.stdout}${one.stderr}`;
    if (typeof outcome === 'string') expect(one.outcome, told).toBe(outcome);
    else expect(one.outcome, told).toMatch(outcome);
    ran.push(one);
  }
  return ran;
}

describe('§6, §7 one person alone, with a valid key', () => {
  it('every command of the program has its row', async () => {
    expect(Object.keys(ROWS).sort()).toEqual(await commands());
  });

  it('before: one policy, two grants of others, no run', () => {
    expect(counting(stage.state)).toMatchObject({ granted: [stage.grant, stage.other], runs: [] });
  });

  const harmless = Object.entries(ROWS).filter(([, row]) => row.stops === undefined);
  it.each(harmless)('mpa %s: nothing that counts has changed', async (_, row) => {
    const before = counting(stage.state);
    await tried(stage.bob, row);
    await reread();
    expect(counting(stage.state)).toEqual(before);
  });

  const stopping = Object.entries(ROWS).filter(([, row]) => row.stops !== undefined);
  it.each(stopping)('mpa %s: stops, and does nothing else', async (_, row) => {
    const before = counting(stage.state);
    await tried(stage.bob, row);
    await reread();
    const stopped = row.stops?.(stage) ?? [];
    const after = counting(stage.state);
    expect(after).toEqual({
      ...before,
      granted: (before.granted as string[]).filter((id) => !stopped.some(([one]) => one === id)),
    });
    for (const [id, reason] of stopped) {
      const record = stage.state.requests.get(id);
      if (record === undefined) throw new Error('it was asked for');
      expect(standingDecision(stage.state, record, now()).reason).toBe(reason);
    }
  });

  it('and the two others can lift it: what one person stopped, two let go on', async () => {
    const { forge: branch, alice, carol } = stage;
    const { id, policy } = inForce(stage.state);
    const again = await proposePolicy(branch, await handOf(alice), id, policy);
    await branch.write(await handOf(carol), now(), { type: 'approve', request: again });
    const state = await read();
    expect([state.current, state.halts]).toEqual([again, []]);
    expect(counting(state).granted).toEqual([stage.other]);
  });
});
