import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { gitEnvironment } from '../../src/git/environment.js';
import { checkGit, createStore, openStore } from '../../src/git/store.js';
import { configText, parseSettings, userSettings } from '../../src/git/user-config.js';
import { bareRepository, callerOf, grow, plainGit, workplace, writeCommit } from './support.js';

const place = workplace();
let count = 0;
let home: string;
let env: Record<string, string>;
let remote: string;
let folder: string;
let oids: string[];

beforeEach(() => {
  count += 1;
  const own = join(place, `case-${count}`);
  env = callerOf(own);
  home = join(own, 'home');
  remote = bareRepository(own, 'remote.git');
  folder = join(own, 'clone.git');
  oids = grow(remote, 'sha1', 2);
});

const userConfig = (text: string): void => writeFileSync(join(home, '.gitconfig'), text);

/** A program that leaves a trace, then does what it was asked. */
function tracer(name: string, script: string): { path: string; ran: () => boolean } {
  const [path, trace] = [join(home, name), join(home, `${name}.trace`)];
  writeFileSync(path, `#!/bin/sh\necho "$0 $*" >> '${trace}'\n${script}\n`);
  chmodSync(path, 0o755);
  return { path, ran: () => existsSync(trace) };
}

/** An ssh that runs the remote's command on this machine. */
const fakeSsh = (name: string): ReturnType<typeof tracer> =>
  tracer(name, 'while test $# -gt 1; do shift; done; exec sh -c "$1"');

describe('§2.4 the caller’s environment', () => {
  it('hostile GIT_ variables change nothing, in any act', async () => {
    const evil = bareRepository(place, `evil-${count}.git`);
    grow(evil, 'sha1', 1);
    const helper = tracer('evil', 'exit 1');
    const graft = join(home, 'grafts');
    writeFileSync(graft, `${oids[1]}\n`);
    const hostile = {
      ...env,
      GIT_DIR: evil,
      GIT_COMMON_DIR: evil,
      GIT_WORK_TREE: home,
      GIT_OBJECT_DIRECTORY: join(evil, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(evil, 'objects'),
      GIT_NAMESPACE: 'other',
      GIT_CONFIG: join(home, 'none'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.sshCommand',
      GIT_CONFIG_VALUE_0: helper.path,
      GIT_CONFIG_PARAMETERS: "'url.ext::sh.insteadOf=/'",
      GIT_REPLACE_REF_BASE: 'refs/heads/',
      GIT_GRAFT_FILE: graft,
      GIT_SHALLOW_FILE: graft,
      GIT_EXEC_PATH: home,
      GIT_TEMPLATE_DIR: home,
      GIT_EXTERNAL_DIFF: helper.path,
      GIT_PROXY_COMMAND: helper.path,
      GIT_PAGER: helper.path,
      GIT_EDITOR: helper.path,
      GIT_TRACE: join(home, 'trace-file'),
      GIT_TRACE_SETUP: join(home, 'trace-file'),
      GIT_QUARANTINE_PATH: home,
      GIT_ALLOW_PROTOCOL: 'ext',
      GIT_PROTOCOL_FROM_USER: '0',
      GIT_DEFAULT_HASH: 'sha256',
      GIT_INDEX_FILE: join(home, 'index'),
      GIT_CEILING_DIRECTORIES: place,
      GIT_FLUSH: '0',
      PAGER: helper.path,
      EDITOR: helper.path,
      VISUAL: helper.path,
      PREFIX: home,
      git_dir: evil,
    };
    const store = await createStore({ folder, remote, env: hostile });
    expect(store.format).toBe('sha1');
    expect(await store.fetch()).toBe(oids[1]);
    expect(await store.walk(oids[1] ?? '', null)).toEqual({ ok: true, oids, metStop: false });
    const next = writeCommit(folder, 'sha1', [oids[1] ?? ''], 'next');
    expect(await store.push(oids[1] ?? '', next)).toEqual({ kind: 'moved' });
    await store.keep(next);
    expect(helper.ran()).toBe(false);
    expect(existsSync(join(home, 'trace-file'))).toBe(false);
    await expect(checkGit(hostile)).resolves.toBeUndefined();
  });

  it('git is not found in relative or empty entries of PATH', () => {
    const found = gitEnvironment({ PATH: ':.:bin:/usr/bin::/bin' }, null, null);
    expect(found['PATH']).toBe('/usr/bin:/bin');
  });

  it('nobody is asked for a password where GIT_TERMINAL_PROMPT says so or no terminal is there', () => {
    expect(gitEnvironment({ GIT_TERMINAL_PROMPT: '0' }, null, null)['GIT_TERMINAL_PROMPT']).toBe('0');
    expect(gitEnvironment({}, null, null)['GIT_TERMINAL_PROMPT']).toBe('0');
  });

  it.each(['ssh://git@example.org', 'git@example.org:'])('GIT_SSH_COMMAND is kept: %s', async (prefix) => {
    const ssh = fakeSsh('ssh');
    const url = prefix.startsWith('ssh:') ? `${prefix}${remote}` : `${prefix}${remote}`;
    const caller = { ...env, GIT_SSH_COMMAND: ssh.path };
    const store = await createStore({ folder, remote: url, env: caller });
    expect(await store.fetch()).toBe(oids[1]);
    expect(ssh.ran()).toBe(true);
  });

  it('a machine without git is git-missing; an old git is git-too-old', async () => {
    const nowhere = { ...env, PATH: home };
    await expect(checkGit(nowhere)).rejects.toMatchObject({ code: 'git-missing' });
    await expect(createStore({ folder, remote, env: nowhere })).rejects.toMatchObject({
      code: 'git-missing',
    });
    const store = await createStore({ folder, remote, env });
    await store.fetch();
    const offline = await openStore({ folder, remote, env: nowhere });
    await expect(offline.walk(oids[1] ?? '', null)).rejects.toMatchObject({ code: 'git-missing' });
    for (const version of ['1.9.5', '2.29.9', 'of doubt']) {
      tracer('git', `echo git version ${version}`);
      await expect(checkGit({ ...env, PATH: `${home}:/bin` })).rejects.toMatchObject({ code: 'git-too-old' });
    }
    tracer('git', 'echo git version 2.30.0.windows.1');
    await expect(checkGit({ ...env, PATH: `${home}:/bin` })).resolves.toBeUndefined();
  });
});

describe('the user’s configuration', () => {
  it('hooks, aliases, rewritten addresses and allowed transports are left behind', async () => {
    const helper = tracer('evil', 'exit 1');
    mkdirSync(join(home, 'hooks'));
    for (const name of ['pre-push', 'reference-transaction', 'post-checkout']) {
      writeFileSync(join(home, 'hooks', name), `#!/bin/sh\n${helper.path}\nexit 1\n`);
      chmodSync(join(home, 'hooks', name), 0o755);
    }
    userConfig(`[core]
	hooksPath = ${home}/hooks
	fsmonitor = ${helper.path}
	pager = ${helper.path}
[alias]
	fetch = !${helper.path}
[url "/nowhere"]
	insteadOf = ${remote}
[protocol "ext"]
	allow = always
[fetch]
	prune = true
	fsckObjects = true
[push]
	gpgSign = true
	pushOption = x
[receive]
	denyNonFastForwards = true
[init]
	templateDir = ${home}/hooks
	defaultObjectFormat = sha256
[transfer]
	hideRefs = refs/heads
[remote "origin"]
	url = ext::${helper.path}
[gpg]
	program = ${helper.path}
[extensions]
	worktreeConfig = true
`);
    const store = await createStore({ folder, remote, env });
    expect(await store.fetch()).toBe(oids[1]);
    const next = writeCommit(folder, 'sha1', [oids[1] ?? ''], 'next');
    expect(await store.push(oids[1] ?? '', next)).toEqual({ kind: 'moved' });
    expect(helper.ran()).toBe(false);
    expect(readFileSync(join(folder, 'user.config'), 'utf8')).toBe('');
  });

  it('credentials, http settings, the ssh command and trusted folders are taken, from included files too', async () => {
    writeFileSync(join(home, 'more'), '[http "https://example.org/"]\n\tproxy = http://proxy:1\n');
    userConfig(`[user]
	name = Ann
[include]
	path = more
[http]
	sslVerify
	extraHeader = "A: \\"b\\" # ; \\\\ \\t x"
[credential]
	helper =
	helper = "!f() { echo x; }; f"
[credential "https://Example.org/a\\"b\\\\c"]
	useHttpPath = true
[safe]
	directory = /srv/x
[core]
	sshCommand = ssh -v
	editor = evil
`);
    const expected = [
      { key: 'http.https://example.org/.proxy', value: 'http://proxy:1' },
      { key: 'http.sslverify', value: null },
      { key: 'http.extraheader', value: 'A: "b" # ; \\ \t x' },
      { key: 'credential.helper', value: '' },
      { key: 'credential.helper', value: '!f() { echo x; }; f' },
      { key: 'credential.https://Example.org/a"b\\c.usehttppath', value: 'true' },
      { key: 'safe.directory', value: '/srv/x' },
      { key: 'core.sshcommand', value: 'ssh -v' },
    ];
    expect(await userSettings(env)).toEqual(expected);
    const copy = join(home, 'copy');
    writeFileSync(copy, configText(expected));
    const listed = plainGit(remote, ['config', '--file', copy, '--show-scope', '--null', '--list']);
    expect(parseSettings(listed.replaceAll('command\0', 'global\0'))).toEqual(expected);
  });

  it('the system’s file counts too, before the user’s, and GIT_CONFIG_GLOBAL names another file', async () => {
    const { GIT_CONFIG_NOSYSTEM: _, ...open } = env;
    const [system, other] = [join(home, 'system'), join(home, 'other')];
    writeFileSync(system, '[http]\n\tproxy = system\n[core]\n\tpager = evil\n');
    userConfig('[http]\n\tproxy = user\n');
    writeFileSync(other, '[http]\n\tproxy = other\n');
    const proxies = async (more: Record<string, string>): Promise<(string | null)[]> =>
      (await userSettings({ ...open, GIT_CONFIG_SYSTEM: system, ...more })).map(({ value }) => value);
    expect(await proxies({})).toEqual(['system', 'user']);
    expect(await proxies({ GIT_CONFIG_GLOBAL: other })).toEqual(['system', 'other']);
    expect(await proxies({ GIT_CONFIG_NOSYSTEM: '1' })).toEqual(['user']);
  });

  it('values with line ends, quotes and control characters survive the copy', async () => {
    const value = 'a\nb\tc\rd"e\\f;g#h \b ';
    plainGit(remote, ['config', '--file', join(home, '.gitconfig'), 'http.extraHeader', value]);
    const found = await userSettings(env);
    expect(found).toEqual([{ key: 'http.extraheader', value }]);
    userConfig(configText(found));
    expect(await userSettings(env)).toEqual(found);
  });

  it('the ssh command of the configuration is used', async () => {
    const ssh = fakeSsh('their-ssh');
    userConfig(`[core]\n\tsshCommand = ${ssh.path}\n`);
    const store = await createStore({ folder, remote: `ssh://example.org${remote}`, env });
    expect(await store.fetch()).toBe(oids[1]);
    const next = writeCommit(folder, 'sha1', [oids[1] ?? ''], 'next');
    expect(await store.push(oids[1] ?? '', next)).toEqual({ kind: 'moved' });
    expect(ssh.ran()).toBe(true);
  });

  it('no configuration at all is fine; a broken one is bad-config', async () => {
    expect(await userSettings(env)).toEqual([]);
    userConfig('[broken\n');
    await expect(createStore({ folder, remote, env })).rejects.toMatchObject({ code: 'bad-config' });
    expect(existsSync(folder)).toBe(false);
  });

  it('what was fetched can be read with a broken configuration', async () => {
    await (await createStore({ folder, remote, env })).fetch();
    userConfig('[broken\n');
    const store = await openStore({ folder, remote, env });
    expect(await store.walk(oids[1] ?? '', null)).toMatchObject({ ok: true });
    await expect(store.fetch()).rejects.toMatchObject({ code: 'bad-config' });
  });

  it.runIf(process.geteuid?.() === 0)(
    'another user’s repository needs safe.directory, as with git itself',
    async () => {
      chownSync(remote, 65534, 65534);
      const made = createStore({ folder, remote, env });
      await expect(made).rejects.toMatchObject({ code: 'remote-not-a-repository' });
      userConfig(`[safe]\n\tdirectory = ${remote}\n`);
      const store = await createStore({ folder, remote, env });
      expect(await store.fetch()).toBe(oids[1]);
    },
  );
});
