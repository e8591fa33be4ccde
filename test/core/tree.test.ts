import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objectName } from '../../src/core/commit.js';
import { attachmentNames, attachmentsOf, attachmentsTree, emptyTree, rootTree } from '../../src/core/tree.js';

const oid = (format: 'sha1' | 'sha256', text: string) => objectName('blob', Buffer.from(text), format);
const digests = ['0'.repeat(64), '9f'.repeat(32), 'a0'.repeat(32)];

describe.each(['sha1', 'sha256'] as const)('§3 the tree of a request with attachments, %s', (format) => {
  const entries = digests.map((sha256) => ({ sha256, oid: oid(format, sha256) }));
  const subtree = Buffer.from(attachmentsTree(entries));
  const folder = objectName('tree', subtree, format);
  const root = Buffer.from(rootTree(folder));
  const text = subtree.toString('latin1');
  const names = (bytes: string | Uint8Array) =>
    attachmentNames(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, format);
  const folderOf = (bytes: string) => attachmentsOf(Buffer.from(bytes, 'latin1'), format);

  test('what is written is read back, in order, whatever order it came in', () => {
    expect(names(subtree)).toEqual(entries);
    expect(Buffer.compare(attachmentsTree([...entries].reverse()), subtree)).toBe(0);
    expect(attachmentsOf(root, format)).toBe(folder);
  });

  test.each([
    ['the empty tree', ''],
    ['an entry cut short', text.slice(0, -1)],
    ['a byte too many', `${text}x`],
    ['an executable', text.replace('100644', '100755')],
    ['a symbolic link', text.replace('100644', '120000')],
    ['a mode with a leading nought', text.replace('100644', '0100644')],
    ['a name in capitals', text.replace('a0a0', 'A0A0')],
    ['a name that is no digest', text.replace('9f9f', '9f9g')],
    ['entries out of order', text.slice(text.length / 3) + text.slice(0, text.length / 3)],
    ['an entry twice', text.slice(0, text.length / 3) + text],
  ])('the folder holds exactly the digests: %s is refused', (_, broken) => {
    expect(names(broken)).toBeNull();
  });

  test.each([
    ['the empty tree', ''],
    ['another name', root.toString('latin1').replace('attachments', 'attachment2')],
    ['another mode', root.toString('latin1').replace('40000', '100644')],
    ['a mode with a leading nought', root.toString('latin1').replace('40000', '040000')],
    ['a submodule', root.toString('latin1').replace('40000', '160000')],
    ['a second entry', root.toString('latin1') + text.slice(0, text.length / 3)],
    ['a byte less', root.toString('latin1').slice(0, -1)],
  ])('the root holds exactly the folder: %s is refused', (_, broken) => {
    expect(folderOf(broken)).toBeNull();
  });

  test('names of the other format are refused', () => {
    const other = format === 'sha1' ? 'sha256' : 'sha1';
    expect(attachmentsOf(root, other)).toBeNull();
    expect(attachmentNames(subtree, other)).toBeNull();
  });

  let repository = '';
  beforeAll(() => {
    repository = mkdtempSync(join(tmpdir(), 'mpa-tree-'));
    execFileSync('git', ['init', '-q', '--bare', `--object-format=${format}`, repository]);
  });
  afterAll(() => rmSync(repository, { recursive: true, force: true }));

  test('they are the trees that git makes of the same files', () => {
    const git = (args: string[], input: string) =>
      execFileSync('git', ['-C', repository, ...args], { input })
        .toString()
        .trim();
    for (const digest of digests) git(['hash-object', '-w', '--stdin'], digest);
    const made = git(
      ['mktree'],
      entries.map((entry) => `100644 blob ${entry.oid}\t${entry.sha256}\n`).join(''),
    );
    expect(made).toBe(folder);
    expect(git(['mktree'], `040000 tree ${made}\tattachments\n`)).toBe(objectName('tree', root, format));
    expect(git(['mktree'], '')).toBe(emptyTree(format));
  });
});
