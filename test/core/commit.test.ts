import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitPayload, objectName, parentsOf, readCommit, signedCommit } from '../../src/core/commit.js';
import type { ObjectFormat } from '../../src/core/ports.js';
import { LIMITS } from '../../src/core/schema.js';
import { emptyTree } from '../../src/core/tree.js';
import { written, approve } from './support/events.js';
import { cpuTime } from '../support/cpu.js';

const ARMOR = '-----BEGIN PGP SIGNATURE-----\n\nwnUEABYKAB0WIQ==\n=abcd\n-----END PGP SIGNATURE-----';
const PARENT = '0123456789abcdef0123456789abcdef01234567';
const parts = {
  tree: emptyTree('sha1'),
  parent: PARENT,
  name: 'Zoë Ω',
  email: 'zoe@example.org',
  at: 1_772_357_400,
  message: written(approve),
};
const payload = commitPayload(parts);
const valid = Buffer.from(signedCommit(payload, ARMOR, 'sha1'));
const text = valid.toString('latin1');

/** `ok`, or the reason why a commit of these bytes (one character each) is inert. */
function verdict(commit: string | Uint8Array, format: ObjectFormat = 'sha1'): string {
  const read = readCommit(typeof commit === 'string' ? Buffer.from(commit, 'latin1') : commit, format);
  return read.ok ? 'ok' : read.reason;
}

const line = (name: string) => new RegExp(`^${name} .*\\n`, 'm').exec(text)?.[0] ?? '';
const signature = text.slice(text.indexOf('gpgsig '), text.indexOf('\n\n') + 1);

describe('§3 a commit of the grammar', () => {
  test('is taken apart without losing a byte', () => {
    const read = readCommit(valid, 'sha1');
    if (!read.ok) throw new Error(read.detail);
    expect(read.parts).toMatchObject({
      tree: parts.tree,
      parent: PARENT,
      identity: 'Zoë Ω <zoe@example.org>',
      time: parts.at,
      armor: ARMOR,
    });
    expect(Buffer.compare(read.parts.payload, payload)).toBe(0);
    expect(Buffer.from(read.parts.message).toString()).toBe(parts.message);
  });

  test('a root has no parent', () => {
    const read = readCommit(signedCommit(commitPayload({ ...parts, parent: null }), ARMOR, 'sha1'), 'sha1');
    expect(read).toMatchObject({ ok: true, parts: { parent: null } });
  });

  test('an armor may end in a newline, and is the same commit', () => {
    expect(Buffer.compare(signedCommit(payload, `${ARMOR}\n`, 'sha1'), valid)).toBe(0);
  });

  test('bytes that lie inside a larger buffer are read alone', () => {
    const padded = Buffer.concat([Buffer.from('tree x\n'), valid, Buffer.from('\n\n')]);
    const inside = new Uint8Array(padded.buffer, padded.byteOffset + 7, valid.length);
    expect(readCommit(inside, 'sha1')).toEqual(readCommit(new Uint8Array(valid), 'sha1'));
    expect(parentsOf(inside)).toEqual([PARENT]);
  });

  test('the message may hold anything, empty lines and headers too: it is not this grammar that judges it', () => {
    for (const message of ['', '\n', '\n\ngpgsig x\n', 'gpgsig -----BEGIN', '\0\u00ff']) {
      const read = readCommit(signedCommit(commitPayload({ ...parts, message }), ARMOR, 'sha1'), 'sha1');
      if (!read.ok) throw new Error(read.detail);
      expect(Buffer.from(read.parts.message).toString()).toBe(message);
    }
  });
});

describe('§3 whatever else stands in the headers makes the commit inert', () => {
  const swapped = (a: string, b: string) => text.replace(a, '@').replace(b, a).replace('@', b);
  const added = (header: string, before: string) => text.replace(before, `${header}${before}`);

  test.each([
    ['no bytes', ''],
    ['no empty line', text.slice(0, text.indexOf('\n\n') + 1)],
    ['no tree', text.replace(line('tree'), '')],
    ['two trees', added(line('tree'), line('tree'))],
    ['two parents', added(line('parent'), line('parent'))],
    ['no author', text.replace(line('author'), '')],
    ['two authors', added(line('author'), line('author'))],
    ['no committer', text.replace(line('committer'), '')],
    ['two committers', added(line('committer'), line('committer'))],
    ['no signature', text.replace(signature, '')],
    ['a second gpgsig header', text.replace(signature, `${signature}gpgsig x\n`)],
    ['the gpgsig header twice', text.replace(signature, signature + signature)],
    [
      'a second signature header of the other format',
      text.replace(signature, `${signature}gpgsig-sha256 x\n`),
    ],
    ['another header that begins with gpgsig', text.replace(signature, `gpgsigx y\n${signature}`)],
    ['parent before tree', swapped(line('tree'), line('parent'))],
    ['committer before author', swapped(line('author'), line('committer'))],
    ['the signature before the committer', swapped(signature, line('committer'))],
    [
      'parent after the committer',
      text.replace(line('parent'), '').replace(signature, line('parent') + signature),
    ],
    ['an encoding header', text.replace(signature, `encoding ISO-8859-1\n${signature}`)],
    ['an encoding header after the signature', text.replace(signature, `${signature}encoding ISO-8859-1\n`)],
    ['a mergetag', text.replace(signature, `mergetag object ${PARENT}\n type commit\n${signature}`)],
    ['an unknown header at the end', text.replace(signature, `${signature}x y\n`)],
    ['an unknown header at the start', `x y\n${text}`],
    ['a byte order mark', `\u00ef\u00bb\u00bf${text}`],
    ['CRLF in the headers', text.replace(line('tree'), line('tree').replace('\n', '\r\n'))],
    ['CR in the author and the committer', text.replaceAll(' +0000\n', ' +0000\r\n')],
    ['two spaces after tree', text.replace('tree ', 'tree  ')],
    ['a space at the end of a line', text.replace(line('parent'), `${line('parent').trimEnd()} \n`)],
    ['a tree in capitals', text.replace(parts.tree, parts.tree.toUpperCase())],
    ['a short tree', text.replace(parts.tree, parts.tree.slice(1))],
    ['a long tree', text.replace(parts.tree, `${parts.tree}0`)],
    ['a tree name of the other format', text.replace(parts.tree, emptyTree('sha256'))],
    ['a parent in capitals', text.replace(PARENT, PARENT.toUpperCase())],
    ['another committer', text.replace(/^committer Zo/m, 'committer Zu')],
    ['a committer of another second', text.replace(/^(committer .*)0 \+0000$/m, '$11 +0000')],
    ['another time zone', text.replaceAll(' +0000', ' +0100')],
    ['no time zone', text.replaceAll(' +0000', '')],
    ['a time zone of -0000', text.replaceAll(' +0000', ' -0000')],
    ['a time with a leading nought', text.replaceAll(` ${parts.at} `, ` 0${parts.at} `)],
    ['a time below nought', text.replaceAll(` ${parts.at} `, ' -1 ')],
    ['a time of 13 digits', text.replaceAll(` ${parts.at} `, ' 1772357400000 ')],
    ['no time', text.replaceAll(` ${parts.at} `, ' ')],
    ['no name', text.replaceAll('Zo\u00c3\u00ab \u00ce\u00a9 <', '<')],
    ['no e-mail address', text.replaceAll('zoe@example.org', '')],
    ['a second <', text.replaceAll('<zoe', '<<zoe')],
    ['a second >', text.replaceAll('org>', 'org>>')],
    ['NUL in a name', text.replaceAll('Zo', 'Z\0')],
    ['a name that is not UTF-8', text.replaceAll('\u00ce\u00a9', '\u00ce')],
    ['an overlong name', text.replaceAll('\u00ce\u00a9', '\u00c0\u00af')],
    ['a continuation line without its space', text.replace('\n =abcd', '\n=abcd')],
    ['a continuation line with a tab', text.replace('\n =abcd', '\n\t=abcd')],
    ['a continued author', text.replace(line('committer'), ` x\n${line('committer')}`)],
    ['a letter outside ASCII in the signature', text.replace('=abcd', '=ab\u00e9d')],
    ['a tab in the signature', text.replace('=abcd', '=ab\td')],
    ['CRLF in the signature', text.replace('=abcd\n', '=abcd\r\n')],
    ['a signature header with a tab', text.replace('gpgsig ', 'gpgsig\t')],
  ])('%s', (_, broken) => {
    expect(broken).not.toBe(text);
    expect(verdict(text)).toBe('ok');
    expect(verdict(broken)).toBe('bad-headers');
  });

  test('each format has its own names and its own signature header, and refuses the other', () => {
    const long = { ...parts, tree: emptyTree('sha256'), parent: 'ab'.repeat(32) };
    const made = (format: ObjectFormat, input: typeof parts) =>
      signedCommit(commitPayload(input), ARMOR, format);
    expect(verdict(made('sha256', long), 'sha256')).toBe('ok');
    expect(verdict(made('sha1', long), 'sha256')).toBe('bad-headers');
    expect(verdict(made('sha256', parts), 'sha256')).toBe('bad-headers');
    expect(verdict(made('sha256', parts), 'sha1')).toBe('bad-headers');
    expect(verdict(made('sha256', long), 'sha1')).toBe('bad-headers');
  });

  test('a signature keeps the spaces that are its own: armor that begins a line with one is told from armor that does not', () => {
    const read = readCommit(Buffer.from(text.replace('\n =abcd', '\n  =abcd'), 'latin1'), 'sha1');
    expect(read).toMatchObject({ ok: true, parts: { armor: ARMOR.replace('=abcd', ' =abcd') } });
  });

  test('an empty line in the signature without its space ends the headers there, as it does for git', () => {
    const cut = text.replace('SIGNATURE-----\n \n', 'SIGNATURE-----\n\n');
    const read = readCommit(Buffer.from(cut, 'latin1'), 'sha1');
    expect(read).toMatchObject({ ok: true, parts: { armor: '-----BEGIN PGP SIGNATURE-----' } });
  });

  test('§10 a commit object of 1 MiB is read, and one byte more is not', () => {
    const filled = (size: number) => Buffer.concat([valid, Buffer.alloc(size - valid.length, 'x')]);
    expect(verdict(filled(LIMITS.commit))).toBe('ok');
    expect(verdict(filled(LIMITS.commit + 1))).toBe('too-large');
  });

  test('headers made to be slow are refused in a moment', () => {
    const before = cpuTime();
    for (const junk of [' <'.repeat(200_000), '> <'.repeat(150_000), `${' '.repeat(200_000)}1`]) {
      expect(verdict(`tree ${parts.tree}\nauthor ${junk}\ncommitter ${junk}\n\n`)).toBe('bad-headers');
    }
    expect(verdict(signedCommit(payload, '\n'.repeat(500_000), 'sha1'))).toBe('ok');
    expect(cpuTime() - before).toBeLessThan(3000);
  });
});

describe('§2.1 the parents of a commit', () => {
  const parents = (commit: string) => parentsOf(Buffer.from(commit, 'latin1'));
  const other = 'f'.repeat(40);

  test.each([
    ['one', text, [PARENT]],
    ['none', text.replace(line('parent'), ''), []],
    ['two', text.replace(line('parent'), `${line('parent')}parent ${other}\n`), [PARENT, other]],
    ['in upper case, as git takes it', text.replace(PARENT, PARENT.toUpperCase()), [PARENT]],
    ['of 64 digits', `tree x\nparent ${'a'.repeat(64)}\n`, ['a'.repeat(64)]],
    ['before something unknown', `tree x\nparent ${PARENT}\nnonsense\n`, [PARENT]],
    ['not after another header', `tree x\nparent ${PARENT}\nx y\nparent ${other}\n`, [PARENT]],
    ['not where tree is not first', `x y\ntree x\nparent ${PARENT}\n`, []],
    ['not after another first line', `x y\nparent ${PARENT}\n`, []],
    ['not in the message', `tree x\n\nparent ${PARENT}\n`, []],
    ['not cut short', text.slice(0, text.indexOf('author') - 1), []],
    ['in a prefix', text.slice(0, text.indexOf('author')), [PARENT]],
    ['not with other words', `tree x\nparent HEAD\nparent ${PARENT}\n`, []],
    ['not of an empty object', '', []],
    ['not of a tree line without an end', 'tree ', []],
  ])('%s', (_, commit, expected) => {
    expect(parents(commit)).toEqual(expected);
  });

  test('a commit with other headers out of place is inert, and has its parents all the same', () => {
    const odd = text.replace(line('author'), '');
    expect(verdict(odd)).toBe('bad-headers');
    expect(parents(odd)).toEqual([PARENT]);
  });
});

describe.each(['sha1', 'sha256'] as const)('§3 real git, %s', (format) => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mpa-commit-'));
    execFileSync('git', ['init', '-q', '--bare', `--object-format=${format}`, folder]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const git = (args: string[], input?: Uint8Array) =>
    execFileSync('git', ['-C', folder, ...args], { input, stdio: ['pipe', 'pipe', 'pipe'] });

  test('keeps our commits byte for byte, under the name we compute, and fsck finds nothing wrong', () => {
    const tree = emptyTree(format);
    expect(git(['hash-object', '-t', 'tree', '-w', '--stdin'], Buffer.alloc(0)).toString().trim()).toBe(tree);
    let parent: string | null = null;
    for (const at of [parts.at, parts.at + 1]) {
      const bytes = signedCommit(commitPayload({ ...parts, tree, parent, at }), ARMOR, format);
      const oid = git(['hash-object', '-t', 'commit', '-w', '--stdin'], bytes).toString().trim();
      expect(oid).toBe(objectName('commit', bytes, format));
      expect(Buffer.compare(git(['cat-file', 'commit', oid]), bytes)).toBe(0);
      parent = oid;
    }
    git(['update-ref', 'refs/heads/mpa', parent ?? '']);
    const fsck = git(['fsck', '--strict', '--no-dangling']).toString();
    expect(fsck).toBe('');
    const [name, email, seconds, body] = git(['log', '-1', '--format=%an%n%ae%n%at%n%B', 'refs/heads/mpa'])
      .toString()
      .split('\n');
    expect([name, email, seconds]).toEqual([parts.name, parts.email, String(parts.at + 1)]);
    expect(body).toBe(parts.message.split('\n')[0]);
  });

  test('signs the payload that we sign, and is read by our grammar', () => {
    const program = join(folder, 'signer');
    const kept = join(folder, 'payload');
    const script = `#!/bin/sh\ncat > '${kept}'\necho '[GNUPG:] SIG_CREATED ' >&2\ncat <<'EOF'\n${ARMOR}\nEOF\n`;
    execFileSync('sh', ['-c', 'cat > "$1" && chmod +x "$1"', 'sh', program], { input: script });
    const tree = git(['hash-object', '-t', 'tree', '-w', '--stdin'], Buffer.alloc(0)).toString().trim();
    const who = [
      '-c',
      `user.name=${parts.name}`,
      '-c',
      `user.email=${parts.email}`,
      '-c',
      `gpg.program=${program}`,
    ];
    const oid = execFileSync('git', ['-C', folder, ...who, 'commit-tree', '-S', '-m', 'subject', tree], {
      env: { ...process.env, GIT_AUTHOR_DATE: '1772357400 +0000', GIT_COMMITTER_DATE: '1772357400 +0000' },
    });
    const read = readCommit(git(['cat-file', 'commit', oid.toString().trim()]), format);
    if (!read.ok) throw new Error(read.detail);
    expect(read.parts.armor).toBe(ARMOR);
    expect(Buffer.from(read.parts.payload).toString()).toBe(execFileSync('cat', [kept]).toString());
  });

  test('hands its verifier the payload that we verify', () => {
    const program = join(folder, 'verifier');
    const kept = join(folder, 'verified');
    const script = `#!/bin/sh\ncat > '${kept}'\nexit 1\n`;
    execFileSync('sh', ['-c', 'cat > "$1" && chmod +x "$1"', 'sh', program], { input: script });
    const input = { ...parts, tree: emptyTree(format), parent: null };
    const bytes = signedCommit(commitPayload(input), ARMOR, format);
    const oid = git(['hash-object', '-t', 'commit', '-w', '--stdin'], bytes).toString().trim();
    expect(() => git(['-c', `gpg.program=${program}`, 'verify-commit', oid])).toThrow();
    const read = readCommit(bytes, format);
    expect(read.ok && Buffer.from(read.parts.payload).toString()).toBe(
      execFileSync('cat', [kept]).toString(),
    );
  });
});

describe('names of objects', () => {
  test('are those of git', () => {
    const nothing = new Uint8Array(0);
    expect(objectName('blob', nothing, 'sha1')).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391');
    expect(objectName('tree', nothing, 'sha1')).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
    expect(objectName('tree', nothing, 'sha256')).toBe(
      '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
    );
  });
});
