import { emptyTree } from '../../src/core/tree.js';
import type { Ground } from './ground.js';
import { approves, bends, suite, type Row } from './tried.js';

/** Inserts a line before the empty line that ends the headers. */
const added =
  (line: string) =>
  (all: string): string =>
    all.replace('\n\n', `\n${line}\n\n`);
const swapped =
  (from: RegExp | string, to: string) =>
  (all: string): string =>
    all.replace(from, to);
const SIGNATURE = /^gpgsig (?:.*\n )*.*\n/m;
const without = (all: string): string => all.replace(SIGNATURE, '');
const signatureOf = (all: string): string => SIGNATURE.exec(all)?.[0] ?? '';

/** Bent before they are signed: the signature is right over what stands there. */
const HEADERS = bends([
  ['§3', 'an encoding header', 'bad-headers', { payload: added('encoding UTF-8') }],
  ['§3', 'a mergetag header', 'bad-headers', { payload: added('mergetag object\n text') }],
  ['§3', 'a header of an own name', 'bad-headers', { payload: added('HG:rename-source hg') }],
  ['§3', 'author twice', 'bad-headers', { payload: swapped(/^(author .*\n)/m, '$1$1') }],
  ['§3', 'committer twice', 'bad-headers', { payload: swapped(/^(committer .*\n)/m, '$1$1') }],
  [
    '§3',
    'committer before author',
    'bad-headers',
    { payload: swapped(/(author .*\n)(committer .*\n)/, '$2$1') },
  ],
  ['§3', 'no author', 'bad-headers', { payload: swapped(/^author .*\n/m, '') }],
  ['§3', 'no committer', 'bad-headers', { payload: swapped(/^committer .*\n/m, '') }],
  ['§3', 'another committer', 'bad-headers', { payload: swapped(/^committer Bob/m, 'committer Rob') }],
  [
    '§3',
    'a committer one second later',
    'bad-headers',
    {
      payload: (all) =>
        all.replace(
          /^(committer .* )(\d+)/m,
          (_, who: string, time: string) => who + String(Number(time) + 1),
        ),
    },
  ],
  ['§3', 'a zone of one hour', 'bad-headers', { payload: (all) => all.replaceAll(' +0000\n', ' +0100\n') }],
  ['§3', 'a zone of minus zero', 'bad-headers', { payload: (all) => all.replaceAll(' +0000\n', ' -0000\n') }],
  ['§3', 'no zone', 'bad-headers', { payload: (all) => all.replaceAll(' +0000\n', '\n') }],
  [
    '§3',
    'a time with a leading zero',
    'bad-headers',
    { payload: (all) => all.replace(/> (\d+) /g, '> 0$1 ') },
  ],
  ['§3', 'a time with a sign', 'bad-headers', { payload: (all) => all.replace(/> (\d+) /g, '> +$1 ') }],
  ['§3', 'a negative time', 'bad-headers', { payload: (all) => all.replace(/> (\d+) /g, '> -$1 ') }],
  [
    '§3',
    'two spaces before the time',
    'bad-headers',
    { payload: (all) => all.replace(/> (\d+) /g, '>  $1 ') },
  ],
  ['§3', 'a tab before the time', 'bad-headers', { payload: (all) => all.replace(/> (\d+) /g, '>\t$1 ') }],
  [
    '§3',
    'an author whose line goes on',
    'bad-headers',
    { payload: swapped(/^(author .*)\n/m, '$1\n more\n') },
  ],
  [
    '§3',
    'carriage returns at the end of the header lines',
    'bad-headers',
    { payload: (all) => all.replace(/ \+0000\n/g, ' +0000\r\n') },
  ],
  [
    '§3',
    'NUL in the name',
    'bad-headers',
    { payload: (all) => all.replaceAll('Bob Example', 'Bob\0Example') },
  ],
  [
    '§3',
    'a name that is no UTF-8',
    'bad-headers',
    { payload: (all) => all.replaceAll('Bob Example', 'B\xff Example') },
  ],
  [
    '§3',
    'a name with a bracket',
    'bad-headers',
    { payload: (all) => all.replaceAll('Bob Example', 'Bob <Example') },
  ],
  ['§3', 'no brackets around the address', 'bad-headers', { payload: (all) => all.replace(/<(.*)>/g, '$1') }],
  ['§3', 'no signature at all', 'bad-headers', { commit: without }],
  [
    '§3',
    'the signature twice',
    'bad-headers',
    { commit: (all) => all.replace(SIGNATURE, signatureOf(all).repeat(2)) },
  ],
  [
    '§3',
    'the signature before the author',
    'bad-headers',
    { commit: (all) => without(all).replace('author ', `${signatureOf(all)}author `) },
  ],
  [
    '§3',
    "another format's signature header",
    'bad-headers',
    { commit: swapped(/^gpgsig /m, 'gpgsig-sha256 ') },
  ],
  [
    '§3',
    "both formats' signature headers",
    'bad-headers',
    { commit: (all) => all.replace(SIGNATURE, (own) => `${own}${own.replace('gpgsig', 'gpgsig-sha256')}`) },
  ],
  ['§3', 'a signature header in capitals', 'bad-headers', { commit: swapped(/^gpgsig /m, 'GPGSIG ') }],
  [
    '§3',
    'a header behind the signature',
    'bad-headers',
    { commit: (all) => all.replace(SIGNATURE, (own) => `${own}encoding UTF-8\n`) },
  ],
  [
    '§3',
    'a tab before the lines of the signature',
    'bad-headers',
    { commit: (all) => all.replace(SIGNATURE, (own) => own.replaceAll('\n ', '\n\t')) },
  ],
]);

const IDENTITY = bends([
  ['§5.2', 'the name of somebody else', 'bad-identity', { name: 'Carl Example' }],
  ['§5.2', 'the address of somebody else', 'bad-identity', { email: 'carl@example.org' }],
  ['§5.2', 'the own address in capitals', 'bad-identity', { email: 'BOB@example.org' }],
  ['§5.2', 'the own name and a space', 'bad-identity', { name: 'Bob Example ' }],
  ['§5.2', 'a letter of another alphabet in the name', 'bad-identity', { name: 'B\u043eb Example' }],
  ['§5.2', 'an actor whom no policy names', 'unknown-actor', { event: { actor: 'nobody' } }],
  [
    '§5.2',
    'an actor named like a part of every object',
    'unknown-actor',
    { event: { actor: 'constructor' } },
  ],
  ['§5.2', 'a group for an actor', 'unknown-actor', { event: { actor: 'team' } }],
  ['§5.6', 'an executor that approves', 'executor-may-not', {}, 'ci'],
]);

/** Trees, by the name that they get on the branch. */
function treeOf(on: Ground, kind: 'file' | 'folder' | 'gitlink'): string {
  const { forge } = on;
  const blob = Buffer.from(forge.store('blob', 'x'), 'hex');
  const entry = (mode: string, name: string, oid: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), oid]);
  const digest = '1f'.repeat(32);
  const inner = Buffer.from(forge.store('tree', entry('100644', digest, blob)), 'hex');
  if (kind === 'file') return forge.store('tree', entry('100644', 'README', blob));
  if (kind === 'folder') return forge.store('tree', entry('40000', 'attachments', inner));
  return forge.store('tree', entry('160000', 'attachments', Buffer.from('ab'.repeat(20), 'hex')));
}

const TREES = bends([
  ['§3', 'a tree with a file', 'bad-tree', (on) => ({ tree: treeOf(on, 'file') })],
  ['§3', 'attachments that nothing names', 'bad-tree', (on) => ({ tree: treeOf(on, 'folder') })],
  ['§3', 'a tree that names a commit as a folder', 'bad-tree', (on) => ({ tree: treeOf(on, 'gitlink') })],
  ['§10', 'a commit of more than 1 MiB', 'too-large', { payload: (all) => all + 'x'.repeat(1 << 20) }],
]);

const broken: readonly (readonly [string, string, (all: string) => string])[] = [
  ['§2.5', 'a tree that is not there', (all) => all.replace(emptyTree('sha1'), 'ab'.repeat(20))],
  ['§2.5', 'a tree that is a commit', (all) => all.replace(/^tree .*\n(parent (.*)\n)/, 'tree $2\n$1')],
  ['§2.5', 'no tree', (all) => all.replace(/^tree .*\n/, '')],
  ['§2.5', 'the parent before the tree', (all) => all.replace(/^(tree .*\n)(parent .*\n)/, '$2$1')],
  ['§2.5', 'a tree name of 64 digits', (all) => all.replace(/^tree .*\n/, `tree ${'1'.repeat(64)}\n`)],
  ['§2.5', 'not one byte', () => ''],
];
/** What git itself cannot carry stops everyone, and says so. */
const BROKEN = broken.map(([clause, title, commit]): Row => ({
  clause,
  title,
  fate: { fatal: 'damaged' },
  attack: (on) => ({ written: approves(on, { commit }) }),
}));

suite('headers', HEADERS);
suite('who', IDENTITY);
suite('trees and size', TREES);
suite('commits that git cannot hand over', BROKEN);
