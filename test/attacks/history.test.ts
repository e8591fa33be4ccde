import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { forge } from '../support/craft.js';
import { now } from '../support/hands.js';
import { setBranch, writeBent, type Written } from './bent.js';
import type { Ground } from './ground.js';
import { approves, suite, type Fate, type Row } from './tried.js';

/** What stands on the branch is not one event: only its fate is on trial. */
const NOTHING: Written = { commit: '', id: '' };

function row(clause: string, title: string, fate: Fate, attack: (on: Ground) => Written | undefined): Row {
  return { clause, title, fate, attack: (on) => ({ written: attack(on) ?? NOTHING }) };
}

/** Sets the branch to another commit. */
function back(on: Ground, to: string): undefined {
  setBranch(on.forge.repository, to);
}

/** Where the branch stands on the host's disk. */
function fileOf(on: Ground): string {
  return join(on.forge.repository, 'refs', 'heads', 'mpa');
}

/** Takes the branch away. */
function gone(on: Ground): undefined {
  rmSync(fileOf(on));
}

function rev(on: Ground, name: string): string {
  return execFileSync('git', ['--git-dir', on.forge.repository, 'rev-parse', name], {
    encoding: 'utf8',
  }).trim();
}

const text = (on: Ground, commit: string): string => Buffer.from(on.forge.read(commit)).toString('latin1');
const keep = (on: Ground, commit: string): string => on.forge.store('commit', Buffer.from(commit, 'latin1'));

/** Bob's approval, honest but for these parents, in that order. */
function merged(on: Ground, parents: (tip: string) => readonly string[]): Written {
  return approves(on, {
    payload: (all) =>
      all.replace(/^parent (.*)\n/m, (_, tip: string) =>
        parents(tip)
          .map((each) => `parent ${each}\n`)
          .join(''),
      ),
  });
}

/** A root of nobody's, with Bob's approval on it. */
function orphan(on: Ground): string {
  return keep(on, text(on, on.tip).replace(/^parent .*\n/m, ''));
}

const PARENTS: readonly Row[] = [
  row('§2.1', 'a merge with an older commit', { fatal: 'malformed' }, (on) =>
    merged(on, (tip) => [tip, rev(on, 'mpa~1')]),
  ),
  row('§2.1', 'a merge whose first parent is the older commit', { fatal: 'malformed' }, (on) =>
    merged(on, (tip) => [rev(on, 'mpa~1'), tip]),
  ),
  row('§2.1', 'the same parent twice', { fatal: 'malformed' }, (on) => merged(on, (tip) => [tip, tip])),
  row('§2.1', 'three parents', { fatal: 'malformed' }, (on) =>
    merged(on, (tip) => [tip, rev(on, 'mpa~1'), rev(on, 'mpa~2')]),
  ),
  row('§2.1', 'a second root merged in', { fatal: 'malformed' }, (on) =>
    merged(on, (tip) => [tip, orphan(on)]),
  ),
  row('§2.1', 'a merge under an honest event', { fatal: 'malformed' }, (on) => {
    merged(on, (tip) => [tip, tip]);
    return approves(on);
  }),
  row('§2.1', 'a merge that was not even signed', { fatal: 'malformed' }, (on) => {
    const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
    const args = ['commit-tree', '-p', 'mpa', '-p', 'mpa~1', '-m', 'Merge', 'mpa^{tree}'];
    setBranch(
      on.forge.repository,
      execFileSync('git', [...who, `--git-dir=${on.forge.repository}`, ...args], { encoding: 'utf8' }).trim(),
    );
    return undefined;
  }),
];

const REWRITTEN = { fatal: 'rewritten', newcomer: '0' } as const;

const BRANCH: readonly Row[] = [
  row('§2.2', 'set back by one event', REWRITTEN, (on) => back(on, rev(on, 'mpa~1'))),
  row('§2.2', 'set back to the genesis', REWRITTEN, (on) => back(on, rev(on, 'mpa~2'))),
  row('§2.2', 'an event left out in the middle', REWRITTEN, (on) => {
    setBranch(
      on.forge.repository,
      keep(on, text(on, on.tip).replace(/^parent .*/m, `parent ${rev(on, 'mpa~2')}`)),
    );
    return undefined;
  }),
  row('§2.2', 'the last event in other bytes', REWRITTEN, (on) => {
    setBranch(on.forge.repository, keep(on, text(on, on.tip).replace(/\n =.{4}\n/, '\n')));
    return undefined;
  }),
  row('§2.2', 'another last event', REWRITTEN, (on) => {
    setBranch(on.forge.repository, rev(on, 'mpa~1'));
    on.write('alice', on.request);
    return undefined;
  }),
  row('§2.2', 'another endorsement, and all else as it was', REWRITTEN, (on) => {
    setBranch(on.forge.repository, rev(on, 'mpa~2'));
    on.write('carl', { type: 'approve', request: on.anchor });
    on.write('alice', on.request);
    return undefined;
  }),
  row('§2.2', 'the genesis signed again: another root of the same anchor', REWRITTEN, (on) => {
    const root = text(on, rev(on, 'mpa~2'));
    setBranch(on.forge.repository, keep(on, root.replace(/\n =.{4}\n/, '\n')));
    return undefined;
  }),
  row('§2.3', 'a root that nobody signed', { fatal: 'stranger' }, (on) => {
    const root = text(on, rev(on, 'mpa~2')).replace(/^gpgsig (?:.*\n )*.*\n/m, '');
    setBranch(on.forge.repository, keep(on, root));
    return undefined;
  }),
  row('§2.3', 'an event for a root', { fatal: 'stranger' }, (on) => back(on, orphan(on))),
  row('§2.3', 'another ledger of the same people', { fatal: 'stranger' }, (on) => {
    gone(on);
    const other = forge(on.forge.repository, on.anchor);
    return writeBent(other, on.actor('alice'), now(), { type: 'genesis', name: 'vault', policy: on.policy });
  }),
  row(
    '§2.3',
    'the parent in capitals, so that it looks like a root to some',
    { fatal: 'rewritten', newcomer: '0' },
    (on) => {
      setBranch(on.forge.repository, rev(on, 'mpa~1'));
      return approves(on, {
        payload: (all) =>
          all.replace(/^parent .*/m, (line) => line.toUpperCase().replace('PARENT', 'parent')),
      });
    },
  ),
  row('§2.3', 'no parent line', { fatal: 'stranger' }, (on) =>
    approves(on, { payload: (all) => all.replace(/^parent .*\n/m, '') }),
  ),
  row('§2.3', 'a parent line behind the author', { fatal: 'stranger' }, (on) =>
    approves(on, { payload: (all) => all.replace(/^(parent .*\n)(author .*\n)/m, '$2$1') }),
  ),
  row('§2.5', 'the branch deleted', { fatal: 'missing' }, (on) => gone(on)),
  row('§2.5', 'a folder of branches in its place', { fatal: 'missing' }, (on) => {
    gone(on);
    mkdirSync(fileOf(on));
    writeFileSync(join(fileOf(on), 'mpa'), `${on.tip}\n`);
    return undefined;
  }),
  row('§2.5', 'only a tag of its name', { fatal: 'missing' }, (on) => {
    gone(on);
    writeFileSync(join(on.forge.repository, 'refs', 'tags', 'mpa'), `${on.tip}\n`);
    return undefined;
  }),
  row('§2.5', 'a name for a branch that is not there', { fatal: 'missing' }, (on) => {
    writeFileSync(fileOf(on), 'ref: refs/heads/gone\n');
    return undefined;
  }),
  row('§2.5', 'a signed tag in place of the commit', { fatal: 'damaged' }, (on) => {
    const tag = `object ${on.tip}\ntype commit\ntag mpa\ntagger Bob <bob@example.org> 1 +0000\n\nx\n`;
    const oid = execFileSync(
      'git',
      [`--git-dir=${on.forge.repository}`, 'hash-object', '-t', 'tag', '-w', '--stdin'],
      { input: tag, encoding: 'utf8' },
    );
    setBranch(on.forge.repository, oid.trim());
    return undefined;
  }),
  row('§2.5', 'a file in place of the commit', { fatal: 'damaged' }, (on) =>
    back(on, on.forge.store('blob', 'x')),
  ),
  row('§2.5', 'a parent that is a tree', { fatal: 'damaged' }, (on) =>
    approves(on, { payload: (all) => all.replace(/^parent .*/m, `parent ${rev(on, 'mpa^{tree}')}`) }),
  ),
  row('§2.5', 'a parent that is not there', { fatal: 'damaged' }, (on) =>
    approves(on, { payload: (all) => all.replace(/^parent .*/m, `parent ${'ab'.repeat(20)}`) }),
  ),
];

const MOVED: readonly Row[] = [
  row('§4', 'an approval of a past that was taken back, put after it', { inert: 'wrong-prev' }, (on) => {
    const before = approves(on);
    const copy = text(on, before.commit);
    setBranch(on.forge.repository, on.tip);
    on.write('guest', { type: 'halt', who: 'guest', reason: 'x' });
    const commit = keep(on, copy.replace(/^parent .*/m, `parent ${rev(on, 'mpa')}`));
    setBranch(on.forge.repository, commit);
    return { ...before, commit };
  }),
  row('§4', 'an approval that names its place, but signs another', { inert: 'bad-signature' }, (on) =>
    approves(on, {
      commit: (all) => all,
      signs: (all) => all.replace(/^parent .*/m, `parent ${'ab'.repeat(20)}`),
    }),
  ),
  row('§4', 'prev of the commit before the last', { inert: 'wrong-prev' }, (on) =>
    approves(on, { event: { prev: on.forge.chain(rev(on, 'mpa~1')) } }),
  ),
  row(
    '§4',
    'an approval from another ledger of the same people, its parent changed',
    { inert: 'wrong-ledger' },
    (on) => {
      const folder = join(on.folder, 'other.git');
      execFileSync('git', ['init', '-q', '--bare', '--template=', folder]);
      const first = writeBent(forge(folder), on.actor('alice'), now() - 5, {
        type: 'genesis',
        name: 'vault',
        policy: on.policy,
      });
      const other = forge(folder, first.id);
      const there = writeBent(other, on.actor('bob'), now(), { type: 'approve', request: on.id });
      const copy = Buffer.from(other.read(there.commit)).toString('latin1');
      const commit = keep(on, copy.replace(/^parent .*/m, `parent ${on.tip}`));
      setBranch(on.forge.repository, commit);
      return { ...there, commit };
    },
  ),
  row('§4', 'a second genesis', { inert: 'bad-event' }, (on) => {
    const fields = { type: 'genesis', name: 'vault', policy: on.policy };
    return on.write('alice', fields, { text: (all) => all.replace(/ {2}"(ledger|prev)": .*\n/g, '') });
  }),
  row('§5', 'what somebody commits with git alone', { inert: 'bad-headers' }, (on) => {
    const who = ['-c', 'user.name=Bob Example', '-c', 'user.email=bob@example.org'];
    const args = ['commit-tree', '-p', 'mpa', '-m', `approve ${on.id}`, 'mpa^{tree}'];
    const commit = execFileSync('git', [...who, `--git-dir=${on.forge.repository}`, ...args], {
      encoding: 'utf8',
    }).trim();
    setBranch(on.forge.repository, commit);
    return { commit, id: '' };
  }),
];

suite('parents', PARENTS);
suite('the branch', BRANCH);
suite('events in another place', MOVED);
