import { describe, expect, it } from 'vitest';
import type { CommandAction, Pin } from '../../src/core/action.js';
import { describe as described } from '../../src/workflows/describe.js';
import { lastApproved } from '../../src/workflows/last-approved.js';
import { requestView } from '../../src/workflows/request-view.js';
import { COMMAND, DAY, HOUR, policy, rule, Scene } from '../core/support/scene.js';

const PIN: Pin = { path: '/srv/rotate.sql', sha256: 'a'.repeat(64), size: 3, attached: true };
const PINNED: CommandAction = { ...COMMAND, pins: [PIN] };

function granted(scene: Scene, action: CommandAction): string {
  const id = scene.request('alice', { action });
  scene.approve('bob', id);
  return id;
}

/** The request in which the pinned file of a new request was approved before. */
function before(scene: Scene, action: CommandAction = PINNED): string | undefined {
  return lastApproved(scene.state, scene.get(scene.request('alice', { action })), PIN.path)?.record.id;
}

describe('the version of a file that was approved before', () => {
  it('is that of the newest request with a quorum', () => {
    const scene = Scene.endorsed();
    granted(scene, PINNED);
    const newest = granted(scene, PINNED);
    scene.request('alice', { action: PINNED });
    expect(before(scene)).toBe(newest);
  });

  it.each<[string, Partial<CommandAction>]>([
    ['another machine', { host: 'staging-1' }],
    ['another login', { user: 'other' }],
    ['other arguments', { argv: ['psql', '-f', 'other.sql'] }],
    ['another folder', { cwd: '/srv/other' }],
    ['other variables', { env: { PGDATABASE: 'test' } }],
    ['other variables passed on', { passEnv: ['PGDATABASE'] }],
    ['another standard input', { stdin: 'terminal' }],
    ['another program', { program: '/usr/bin/cat', argv: ['cat', 'rotate.sql'] }],
    ['another path', { pins: [{ ...PIN, path: '/srv/other.sql' }] }],
    ['a digest alone', { pins: [{ ...PIN, attached: false }] }],
  ])('is none where the approval was for %s', (_, other) => {
    const scene = Scene.endorsed();
    granted(scene, { ...PINNED, ...other });
    expect(before(scene)).toBeUndefined();
  });

  it('is none where another rule judged it: what passed a weaker one must not look familiar under a stronger one', () => {
    const weak = rule({ name: 'weak', match: { command: ['psql', '-l', '**'] } });
    const scene = Scene.endorsed(policy({ rules: [weak, rule()] }));
    granted(scene, { ...PINNED, argv: ['psql', '-l', 'rotate.sql'] });
    expect(before(scene)).toBeUndefined();
    expect(before(scene, { ...PINNED, argv: ['psql', '-l', 'rotate.sql'] })).toBeDefined();
  });

  it('is none where the approval was taken back', () => {
    const scene = Scene.endorsed();
    const id = granted(scene, PINNED);
    expect(before(scene)).toBe(id);
    scene.close('bob', id, 'revoked');
    expect(before(scene)).toBeUndefined();
  });

  it('is none of a request that came later', () => {
    const scene = Scene.endorsed();
    const first = scene.request('alice', { action: PINNED });
    granted(scene, PINNED);
    expect(lastApproved(scene.state, scene.get(first), PIN.path)).toBeNull();
  });
});

describe('what a request is called', () => {
  it('a resume where it proposes the policy in force word for word, and it says what it lifts and what stays', () => {
    const scene = Scene.endorsed();
    scene.halt('bob');
    scene.halt('carol', 'alice');
    const id = scene.propose('alice', policy());
    scene.halt('dave', 'bob');
    const { view, lifts, stays } = described(scene.state, scene.get(id), scene.now);
    expect(view.kind).toBe('resume');
    expect(lifts.map(({ actor, who }) => [actor, who])).toEqual([
      ['bob', null],
      ['carol', 'alice'],
    ]);
    expect(stays.map(({ actor }) => actor)).toEqual(['dave']);
  });

  it('a policy change where one name differs, which lifts halts all the same', () => {
    const scene = Scene.endorsed();
    scene.halt('bob');
    const id = scene.propose('alice', policy({ rules: [rule({ name: 'other' })] }));
    const { view, lifts } = described(scene.state, scene.get(id), scene.now);
    expect(view.kind).toBe('policy');
    expect(lifts).toHaveLength(1);
  });
});

describe('what a state does not say by itself', () => {
  function detail(scene: Scene, id: string, now = scene.now): [string, string | null] {
    const { state, stateDetail } = requestView(scene.state, scene.get(id), now);
    return [state, stateDetail];
  }

  it('a halted request whose uses are spent, whose window is over, or that waits', () => {
    const scene = Scene.endorsed();
    const spent = granted(scene, COMMAND);
    scene.start('alice', spent);
    const open = granted(scene, COMMAND);
    const waiting = scene.request('alice');
    expect(detail(scene, spent)).toEqual(['used', 'its uses are spent']);
    scene.halt('bob');
    expect(detail(scene, spent)).toEqual(['halted', 'and its uses are spent']);
    expect(detail(scene, open)).toEqual(['halted', null]);
    expect(detail(scene, open, scene.now + 2 * HOUR)).toEqual(['halted', 'and its window is over']);
    expect(detail(scene, waiting)).toEqual(['halted', null]);
    expect(detail(scene, waiting, scene.now + 2 * DAY)).toEqual(['halted', 'and nobody approved it in time']);
  });

  it('who ended it, unless it was the requester', () => {
    const scene = Scene.endorsed();
    const [denied, withdrawn] = [scene.request('alice'), scene.request('alice')];
    scene.close('bob', denied, 'denied');
    scene.close('alice', withdrawn, 'withdrawn');
    expect(detail(scene, denied)).toEqual(['denied', 'by bob']);
    expect(detail(scene, withdrawn)).toEqual(['withdrawn', null]);
  });

  it('a policy change that another was quicker than', () => {
    const scene = Scene.endorsed();
    const late = scene.propose('alice', policy({ rules: [rule({ name: 'one' })] }));
    scene.enact('alice', policy({ rules: [rule({ name: 'two' })] }));
    expect(detail(scene, late)).toEqual(['void', 'another policy is in force']);
  });
});

describe('what the same person asked for before', () => {
  it('is the last three of their own, newest first, with how each ended', () => {
    const scene = Scene.endorsed();
    scene.request('alice');
    const ran = granted(scene, COMMAND);
    scene.finish('alice', scene.start('alice', ran), { code: 3 });
    scene.request('bob');
    const denied = scene.request('alice');
    scene.close('carol', denied, 'denied');
    const cut = granted(scene, COMMAND);
    scene.start('alice', cut);
    const id = scene.request('alice');
    const { earlier } = described(scene.state, scene.get(id), scene.now);
    expect(earlier.map(({ record, ended }) => [record.id, ended])).toEqual([
      [cut, 'used, run not finished'],
      [denied, 'denied by carol'],
      [ran, 'used, exit 3'],
    ]);
  });

  it('tells of a machine that they never asked for', () => {
    const scene = Scene.endorsed();
    scene.request('alice');
    const there = scene.request('alice', { action: { ...COMMAND, host: 'prod-9' } });
    const { warnings } = described(scene.state, scene.get(there), scene.now);
    expect(warnings.map(({ what }) => what)).toContain('prod-9');
  });
});
