import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { approve, ask, MPA, run, type Person, type Ran, type RunOptions } from '../support/people.js';
import { emptyFolder, remove } from '../support/places.js';
import { begin, homeOf, pair } from './support/pair.js';
import { until } from './support/processes.js';
import { sshKey, startSshd, type Sshd } from './support/sshd.js';
import { suite, tool } from './support/tools.js';

/** What is approved, many times over: which program it becomes, the caller says in a variable that is passed unseen. */
const COMMAND = ['bash', '-c', 'eval "$ROW"'];

const TOOLS = [
  'bash',
  'less',
  'vim',
  'ssh',
  'sshd',
  'ssh-keygen',
  'sudo',
  'script',
  'expect',
  'nohup',
  'setsid',
];

/** Each row is run once with `mpa exec` and once without, and must end and print the same. In a row, FOLDER is a scratch folder. */
const PLAIN: readonly (readonly [string, string])[] = [
  ...[0, 1, 126, 255].map((code) => [`exit ${code}`, `exit ${code}`] as const),
  ...['HUP', 'INT', 'QUIT', 'ABRT', 'KILL', 'TERM', 'SEGV', 'PIPE'].map(
    (signal) => [`killed by SIG${signal}`, `ulimit -c 0; kill -${signal} $$; sleep 5`] as const,
  ),
  ['no such program', 'exec /nonexistent/program'],
  ['errors apart from output', 'echo out; echo err >&2; echo out again'],
  ['bytes that are no text', 'head -c 4096 /dev/zero | tr "\\0" "\\377"; printf "a\\0b"'],
  ['cat, with nothing on its input', 'cat; echo "ended $?"'],
  ['tty', 'tty'],
  ['the folder', 'pwd -P; readlink /proc/self/cwd'],
  ['locale', 'locale; printf "\\303\\251" | wc -m'],
  ['limits and mask', 'ulimit -S -c -d -f -l -m -s -t -u -v; umask; nice'],
  ['signals', 'grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status'],
  ['a big environment', 'echo "${#BIG}"; printf %s "$BIG" | sha256sum'],
  ['open files', 'exec ls /proc/self/fd'],
  ['nohup', 'exec nohup sh -c "echo on; exit 4"'],
  ['setsid', 'exec setsid --wait sh -c "exit 9"'],
  ['sudo true', 'exec sudo -n true'],
  ['sudo, with a status and output of its own', 'exec sudo -n sh -c "echo from sudo; exit 5"'],
  [
    'ex',
    'printf "one\\ntwo\\n" >FOLDER/ex; vim -es -Nu NONE -c "%s/o/0/g" -c wq FOLDER/ex; echo $?; cat FOLDER/ex',
  ],
  ['vim -es that fails', 'exec vim -es -Nu NONE -c "cquit 7"'],
  [
    'expect',
    "exec expect -c 'spawn -noecho sh -c {read x; echo got $x; exit 3}; send hi\\r; expect got; expect eof; catch wait r; exit [lindex $r 3]'",
  ],
  ['a pipeline', 'set -o pipefail; seq 100000 | sort -r | head -1; echo "${PIPESTATUS[@]}"'],
];

/** The same at a terminal, with what is typed once it shows what the first pattern says. */
const TERMINAL: readonly (readonly [string, string, RegExp, string])[] = [
  ['tty and its modes', 'tty >/dev/null && stty -a', /$/, ''],
  ['a line that is read', 'echo say; read -r x; echo "got <$x>"', /say/, 'hello there\n'],
  ['less', 'exec less FOLDER/text', /line 22/, ' q'],
  ['vim', 'exec vim -Nu NONE -n FOLDER/text', /line 22/, 'ihello\u001b:wq! FOLDER/written\r'],
  [
    'bash -i with jobs',
    'exec bash --norc --noprofile --noediting -i',
    /bash-[^\n]*[#$]/,
    '{ sleep 60 & } 2>/dev/null; jobs -r | wc -l; kill %1; wait 2>/dev/null; exit 3\n',
  ],
  ['colours by themselves', 'ls --color=auto /', /$/, ''],
  ['sudo', 'exec sudo -n sh -c "test -t 1 && echo at a terminal"', /$/, ''],
];

suite('programs under exec and without it', { tools: TOOLS }, () => {
  let folder: string;
  let sshd: Sshd;
  let alice: Person;
  let bob: Person;
  let [plain, typed, key] = ['', '', ''];
  const BIG = 'x'.repeat(100_000);

  const granted = async (flags: readonly string[], command: readonly string[]): Promise<string> => {
    const id = await ask(alice, command, flags);
    await approve(bob, id);
    return id;
  };
  const own = (): Record<string, string> => ({
    ...{ PATH: process.env['PATH'] ?? '', HOME: homeOf(alice), LANG: 'C.UTF-8', TERM: 'xterm' },
  });
  const env = (row: string): Record<string, string> => ({
    ...own(),
    ROW: row.replaceAll('FOLDER', folder),
    BIG,
  });
  /** 128+n for a signal, as a shell says it. */
  const ending = ({ status, signal, stdout, stderr }: Ran): unknown => ({
    status: status ?? 128 + constants.signals[signal ?? 'SIGHUP'],
    stdout,
    stderr,
  });
  const options = (): RunOptions => ({ cwd: alice.folder });
  const under = (id: string): string[] => [process.execPath, MPA, 'exec', id];
  const start = async (words: readonly string[], row: string): Promise<unknown> => {
    const [program = '', ...args] = words;
    return ending(await run(program, args, { ...env(row), MPA_HOME: alice.home }, options()));
  };
  const direct = async (row: string): Promise<unknown> =>
    ending(await run('bash', COMMAND.slice(1), env(row), options()));
  /** A command line at a terminal of 24 by 80; `input` is typed as soon as it shows `when`. Process ids are made alike. */
  const atTerminal = (
    words: readonly string[],
    row: string,
    when: RegExp,
    input: string,
  ): Promise<unknown> => {
    const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const all = { ...env(row), MPA_HOME: alice.home, SHELL: '/bin/bash' };
    const child = spawn(tool('script'), ['-qec', `stty rows 24 cols 80; exec ${line}`, '/dev/null'], {
      ...{ cwd: alice.folder, env: all, stdio: ['pipe', 'pipe', 'inherit'] },
      timeout: 60_000,
    });
    let shown = '';
    let typing = input === '';
    child.stdin.on('error', () => undefined);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (typing || !when.test(shown)) return;
      typing = true;
      child.stdin.write(input.replaceAll('FOLDER', folder));
    });
    return new Promise((done) => {
      child.on('close', (status, signal) => {
        done({ status, signal, shown: shown.replaceAll(/\d{3,}/g, 'N') });
      });
    });
  };

  beforeAll(async () => {
    folder = emptyFolder();
    writeFileSync(join(folder, 'text'), Array.from({ length: 200 }, (_, i) => `line ${i}\n`).join(''));
    ({ alice, bob, bobKey: key } = await pair(folder));
    await begin(alice, bob, key, join(folder, 'ledger.git'));
    sshd = await startSshd(folder);
    sshd.admit(sshKey(join(folder, 'ssh_key')));
    writeFileSync(join(folder, 'known'), `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
  });
  afterAll(async () => {
    await sshd.stop();
    remove(folder);
  });

  const flags = ['--pass-env', 'ROW', '--pass-env', 'BIG'];
  let left = 0;
  /** A grant of ten uses, a new one whenever it is used up. */
  const use = async (interactive: boolean): Promise<string> => {
    if (interactive) {
      typed ||= await granted([...flags, '-i', '--uses', '10'], COMMAND);
      return typed;
    }
    if (left === 0) plain = await granted([...flags, '--uses', '10'], COMMAND);
    left = (left === 0 ? 10 : left) - 1;
    return plain;
  };

  it.each(PLAIN)('%s', async (_, row) => {
    const [expected, found] = [await direct(row), await start(under(await use(false)), row)];
    expect(found).toEqual(expected);
  });

  it.each(TERMINAL)('at a terminal: %s', async (name, row, when, input) => {
    const id = await use(true);
    const written = join(folder, 'written');
    const expected = await atTerminal(COMMAND, row, when, input);
    if (name === 'vim') rmSync(written);
    expect(await atTerminal(under(id), row, when, input)).toEqual(expected);
    if (name === 'vim') expect(readFileSync(written, 'utf8')).toMatch(/^helloline 0\n/);
  });

  it('ssh to a local sshd: its output, its status', async () => {
    const config = [`-i${join(folder, 'ssh_key')}`, `-p${sshd.port}`, '-F/dev/null', '-oBatchMode=yes'];
    const known = [`-oUserKnownHostsFile=${join(folder, 'known')}`, '-oStrictHostKeyChecking=yes'];
    const line = [...config, ...known, `${userInfo().username}@127.0.0.1`].join(' ');
    const row = `exec ssh ${line} 'echo over there; exit 6'`;
    const expected = await direct(row);
    expect(expected).toMatchObject({ status: 6, stdout: 'over there\n' });
    expect(await start(under(await use(false)), row)).toEqual(expected);
  });

  it.each([
    ['100 MB', 'exec head -c 100000000 /dev/zero', 'sha256sum'],
    ['a reader that has seen enough', 'exec yes', 'head -1'],
  ])('%s through a pipe', async (_, row, reader) => {
    const piped = ['bash', '-c', `"$@" | ${reader}; echo "\${PIPESTATUS[@]}"`, 'bash'];
    const expected = await start([...piped, ...COMMAND], row);
    const found = await start([...piped, ...under(await use(false))], row);
    expect(found).toEqual(expected);
    if (reader === 'head -1') expect(found).toMatchObject({ stdout: 'y\n141 0\n' });
  });

  it('what it puts in the background outlives it, and mpa does not wait for it', async () => {
    const file = join(folder, 'late');
    const row = `(until test -e ${file}.go; do sleep 0.05; done; echo late >${file}) >/dev/null 2>&1 & echo now`;
    expect(await start(under(await use(false)), row)).toMatchObject({ status: 0, stdout: 'now\n' });
    expect(existsSync(file)).toBe(false);
    writeFileSync(`${file}.go`, '');
    await until('the background', () => (existsSync(file) ? true : null));
  });

  it('a thousand arguments arrive as they are', async () => {
    const args = Array.from({ length: 1000 }, (_, i) => `${i} $i '"\\`);
    const id = await granted([], ['printf', '%s\\n', ...args]);
    const { stdout } = await alice.must(['exec', id]);
    expect(stdout).toBe(args.map((each) => `${each}\n`).join(''));
  });

  it('a file on its standard input', async () => {
    const file = join(folder, 'input');
    writeFileSync(file, 'a\nb\n'.repeat(1000));
    const id = await granted(['--stdin', file], ['sha256sum']);
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    expect((await alice.must(['exec', id])).stdout).toBe(`${sha256}  -\n`);
  });

  it('--record: what passes is the same, and its digests are in the ledger', async () => {
    const row = 'head -c 100000000 /dev/zero; echo err >&2; exit 3';
    const piped = ['bash', '-c', '"$@" | sha256sum; exit ${PIPESTATUS[0]}', 'bash'];
    const expected = await start([...piped, ...COMMAND], row);
    const id = await granted(flags, COMMAND);
    expect(await start([...piped, ...under(id), '--record'], row)).toEqual(expected);
    const shown = await bob.must(['show', id, '--json']);
    const sha256 = createHash('sha256').update(Buffer.alloc(100_000_000)).digest('hex');
    const stderr = { sha256: createHash('sha256').update('err\n').digest('hex'), size: 4 };
    expect(shown.json('request', 'runs', 0)).toMatchObject({ stdout: { sha256, size: 100_000_000 }, stderr });
  });
});
