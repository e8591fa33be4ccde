import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setBranch, type Bend, type Written } from './bent.js';
import { ground, template, type Ground, type Template } from './ground.js';

/** What a row must come to: why the commit has no effect, or the fatal case that stops every reader. */
export type Fate =
  | { readonly inert: string }
  /** `where`: how the words that say why begin. */
  | { readonly void: string; readonly where?: string }
  /** `newcomer`: how the first reading of somebody else ends, where that lacks what was seen here before. */
  | { readonly fatal: string; readonly newcomer?: string };

/** What the attacker put on the branch. */
export interface Attack {
  /** The commit on trial; for a void event its id counts. */
  readonly written: Written;
  /** What is then run: the template's request unless given. */
  readonly id?: string;
  /** How `exec` of it ends; `125 pending` unless given. */
  readonly exec?: string;
}

/** One attack: made from a valid twin, which counts when it is written in its place. */
export interface Row {
  readonly clause: string;
  readonly title: string;
  readonly fate: Fate;
  attack(ground: Ground): Attack;
  /** The twin, written onto the same tip: what it makes runnable. Absent: Bob's approval of the template's request. */
  twin?(ground: Ground): Twin;
}

export interface Twin {
  /** The request that is authorised by it, or (`applied`) the policy change that is in force. */
  readonly id: string;
  readonly state: 'approved' | 'applied';
}

/** Bob's approval of the template's request, or that of somebody else, honest or bent. */
export function approves(on: Ground, bend: Bend = {}, who = 'bob'): Written {
  return on.write(who, { type: 'approve', request: on.id }, bend);
}

/** Those who may approve, with keys of every kind that may sign. */
const FIT = ['bob', 'carl', 'dave', 'dora', 'dean', 'erin', 'many'];

/** Rows of which each bends one approval of the template's request. */
export function bends(
  rows: readonly (readonly [
    clause: string,
    title: string,
    reason: string,
    bend: Bend | ((on: Ground) => Bend),
    who?: string,
  ])[],
): Row[] {
  return rows.map(([clause, title, reason, bend, who = 'bob']) => ({
    clause,
    title,
    fate: { inert: reason },
    attack: (on) => ({ written: approves(on, typeof bend === 'function' ? bend(on) : bend, who) }),
    twin: (on) => {
      approves(on, {}, FIT.includes(who) ? who : 'bob');
      return { id: on.id, state: 'approved' };
    },
  }));
}

/** Approvals of the template's request that count: the next `exec` runs, and an audit finds nothing. */
export function counting(
  name: string,
  rows: readonly (readonly [title: string, bend: Bend, who?: string])[],
): void {
  describe(name, () => {
    const from = templates();
    it.each(rows.map(([title, bend, who]) => ({ title, bend, who })))(
      '$title: counts',
      async ({ bend, who }) => {
        const on = ground(from());
        approves(on, bend, who);
        expect((await on.alice.mpa(['exec', on.id, '--no-wait', '--json'])).outcome).toBe('0');
        expect(on.ran()).toBe(true);
        expect((await on.alice.mpa(['audit', '--strict', '--json'])).outcome).toBe('0');
      },
    );
  });
}

/** One template for the tests of a `describe`. */
function templates(): () => Template {
  let made: Template | undefined;
  let remove: () => void = () => undefined;
  beforeAll(async () => {
    ({ made, remove } = await template());
  });
  afterAll(() => remove());
  return () => {
    if (made === undefined) throw new Error('no template was made');
    return made;
  };
}

/** All rows, or with ATTACKS=short each third of them. */
function chosen(rows: readonly Row[]): readonly Row[] {
  return process.env['ATTACKS'] === 'short' ? rows.filter((_, at) => at % 3 === 0) : rows;
}

/** A table of rows as tests, each on its own copy of one valid ledger. */
export function suite(name: string, rows: readonly Row[]): void {
  describe(name, () => {
    const from = templates();
    it.each(chosen(rows).map((row) => [`${row.clause} ${row.title}`, row] as const))('%s', (_, row) =>
      tried(row, from()),
    );
  });
}

/**
 * Tries one row: the next `exec` runs nothing; then the twin is written, on the very same branch, and counts; and a reader that
 * goes on from its checkpoint and one that reads from the root say the same of both.
 */
async function tried(row: Row, from: Template): Promise<void> {
  const on = ground(from);
  const { written, id = on.id, exec } = row.attack(on);
  const { fate } = row;
  const expected = exec ?? ('fatal' in fate ? `125 ${fate.fatal}` : '125 pending');
  // Before anything moves the checkpoint.
  const status = 'inert' in fate ? await on.alice.must(['status', '--json']) : null;
  const refused = await on.alice.mpa(['exec', id, '--no-wait', '--json']);
  expect(refused.outcome, refused.stdout + refused.stderr).toBe(expected);
  expect(on.ran()).toBe(false);
  if ('fatal' in fate) {
    await fatal(on, fate);
    // Section 2.6: an admin sets the branch back to the last good commit.
    setBranch(on.forge.repository, on.tip);
  }
  const twin = row.twin?.(on) ?? approved(on);
  if ('fatal' in fate) {
    const shown = await on.alice.must(['show', twin.id, '--json']);
    expect(shown.json('request', 'state')).toBe(twin.state);
  } else if ('inert' in fate) await inert(on, written, fate.inert, objects(status?.json('problems')));
  else await voided(on, written, fate, twin);
  expect(on.ran()).toBe(false);
}

function approved(on: Ground): Twin {
  approves(on);
  return { id: on.id, state: 'approved' };
}

/** Every reader stops: the one with a checkpoint, and one that has never read this ledger. */
async function fatal(
  on: Ground,
  { fatal: code, newcomer }: { fatal: string; newcomer?: string },
): Promise<void> {
  expect((await on.alice.mpa(['audit', '--json'])).outcome).toBe(`3 ${code}`);
  const joins = ['join', on.forge.repository, '--anchor', on.anchor, '--json'];
  expect((await on.newcomer().mpa(joins)).outcome).toBe(newcomer ?? `3 ${code}`);
}

/** `log` reads from the root; `status`, from the checkpoint, lists what is inert above it. The twin is the newest event, and counts. */
async function inert(
  on: Ground,
  { commit }: Written,
  reason: string,
  problems: readonly Record<string, unknown>[],
): Promise<void> {
  const log = await on.alice.must(['log', '--json']);
  const found = objects(log.json('inert')).find((item) => item['commit'] === commit);
  expect(found, log.stdout).toMatchObject({ reason });
  const told = `${commit.slice(0, 12)} is no event (${reason}): ${String(found?.['detail'])}`;
  expect(problems.map(({ detail }) => detail)).toContain(told);
  expect(objects(log.json('events')).at(-1)).toMatchObject({ commit: on.forge.tip(), void: null });
}

/** The event and its reason; and every request is the same to a reader whose checkpoint was taken away. */
async function voided(
  on: Ground,
  { id }: Written,
  fate: { readonly void: string; readonly where?: string },
  twin: Twin,
): Promise<void> {
  const log = await on.alice.must(['log', '--json']);
  const event = objects(log.json('events')).find((item) => item['id'] === id);
  expect(event, log.stdout).toMatchObject({ void: { reason: fate.void } });
  const words = objects([event?.['void']])[0]?.['detail'];
  expect(String(words).startsWith(fate.where ?? '')).toBe(true);
  const requests = async (): Promise<unknown> =>
    (await on.alice.must(['list', '--all', '--json'])).json('requests');
  const before = await requests();
  rmSync(join(on.alice.home, 'state', on.anchor.slice(0, 12), 'checkpoint'));
  expect(await requests()).toEqual(before);
  expect(objects(before).find((request) => request['id'] === twin.id)).toMatchObject({ state: twin.state });
}

function objects(value: unknown): Record<string, unknown>[] {
  const isObject = (each: unknown): each is Record<string, unknown> =>
    typeof each === 'object' && each !== null;
  return Array.isArray(value) ? value.filter(isObject) : [];
}
