import { describe, expect, it } from 'vitest';
import {
  clausesMet,
  couldBeMet,
  crowdOf,
  eligible,
  isAmong,
  missing,
  people,
} from '../../src/core/clauses.js';
import type { Clause } from '../../src/core/policy-document.js';
import { any, bare, members, member, policy } from './support/policies.js';

const sample = policy({
  members: members('alice', 'bob', 'carol', 'dave', 'constructor'),
  executors: bare([['runner', member('runner')]]),
  groups: bare([
    ['team', ['alice', 'bob']],
    ['ops', ['bob', 'carol']],
    ['empty', []],
    ['strays', ['runner', 'nobody', 'dave']],
  ]),
});
const sorted = (names: Iterable<string>): string[] => [...names].sort();

describe('§6 people that names stand for', () => {
  const table: readonly (readonly [what: string, names: readonly string[], handles: readonly string[]])[] = [
    ['a handle is that member', ['alice'], ['alice']],
    ['a group is its members', ['team'], ['alice', 'bob']],
    ['a person of two groups is one person', ['team', 'ops'], ['alice', 'bob', 'carol']],
    ['everyone is all members', ['everyone'], ['alice', 'bob', 'carol', 'constructor', 'dave']],
    ['executors are never people', ['runner'], []],
    ['executors and strangers in a group are no people', ['strays'], ['dave']],
    ['an unknown name is nobody', ['nobody'], []],
    ['names of Object.prototype are nobody', ['toString', '__proto__', 'hasOwnProperty'], []],
    ['a member may be called constructor', ['constructor'], ['constructor']],
    ['no names, no people', [], []],
    ['an empty group is nobody', ['empty'], []],
  ];
  it.each(table)('§6 %s', (_, names, handles) => {
    expect(sorted(people(sample, names))).toEqual(handles);
    for (const handle of [...Object.keys(sample.members), 'runner', 'nobody', 'toString', '__proto__']) {
      expect(isAmong(sample, names, handle)).toBe(handles.includes(handle));
    }
  });

  it('§6 a policy without groups has no groups, whatever the name', () => {
    const { groups: _, ...rest } = sample;
    expect([...people(rest, ['team', 'constructor'])]).toEqual(['constructor']);
  });

  it('§6 a crowd is of members, each once', () => {
    expect(crowdOf(sample, ['bob', 'nobody', 'runner', 'alice', 'bob']).handles).toEqual(['bob', 'alice']);
  });

  it('§7 counting 2: eligible is whom any clause names', () => {
    const clauses = [any(1, 'team'), any(1, 'dave')];
    const named = ['alice', 'bob', 'carol', 'dave', 'runner'].filter((handle) =>
      eligible(sample, clauses, handle),
    );
    expect(named).toEqual(['alice', 'bob', 'dave']);
  });
});

describe('§6 clauses met by different people', () => {
  const table: readonly (readonly [
    what: string,
    clauses: readonly Clause[],
    handles: readonly string[],
    met: boolean,
  ])[] = [
    ['one of a group', [any(1, 'team')], ['alice'], true],
    ['nobody', [any(1, 'team')], [], false],
    ['one who is not named', [any(1, 'team')], ['carol'], false],
    ['two of a group by two', [any(2, 'team')], ['alice', 'bob'], true],
    ['two of a group by one', [any(2, 'team')], ['alice'], false],
    ['two of a group by one who signed twice', [any(2, 'team')], ['alice', 'alice'], false],
    ['three of a group of two', [any(3, 'team')], ['alice', 'bob', 'carol'], false],
    ['two clauses by one person of both', [any(1, 'team'), any(1, 'ops')], ['bob'], false],
    ['two clauses by two', [any(1, 'team'), any(1, 'ops')], ['bob', 'carol'], true],
    ['two clauses where the first must give way', [any(1, 'team'), any(1, 'bob')], ['bob', 'alice'], true],
    ['two clauses that need the same person', [any(1, 'bob'), any(1, 'bob')], ['bob', 'alice'], false],
    ['the same clause twice by two', [any(1, 'team'), any(1, 'team')], ['bob', 'alice'], true],
    ['the same people under other names', [any(1, 'team'), any(1, 'alice', 'bob')], ['bob'], false],
    [
      'a chain of people who move up',
      [any(1, 'everyone'), any(1, 'team', 'carol'), any(1, 'team'), any(1, 'alice')],
      ['alice', 'bob', 'carol', 'dave'],
      true,
    ],
    [
      'a chain with one person missing',
      [any(1, 'everyone'), any(1, 'team', 'carol'), any(1, 'team'), any(1, 'alice')],
      ['alice', 'bob', 'carol'],
      false,
    ],
    ['an executor counts nothing', [any(1, 'everyone', 'runner')], ['runner'], false],
    ['someone who is no member counts nothing', [any(1, 'nobody')], ['nobody'], false],
    ['more people than places', [any(1, 'team')], ['alice', 'bob', 'carol', 'dave'], true],
    ['no clauses are never met', [], ['alice', 'bob'], false],
    ['a clause that names nobody is never met', [any(1)], ['alice', 'bob'], false],
  ];
  it.each(table)('§6 %s: %j by %j is %j', (_, clauses, handles, met) => {
    expect(clausesMet(sample, clauses, handles)).toBe(met);
    expect(clausesMet(sample, [...clauses].reverse(), [...handles].reverse())).toBe(met);
  });

  const without: readonly (readonly [clauses: readonly Clause[], requester: string, could: boolean])[] = [
    [[any(1, 'team')], 'alice', true],
    [[any(2, 'team')], 'alice', false],
    [[any(2, 'team')], 'carol', true],
    [[any(1, 'alice')], 'alice', false],
    [[any(4, 'everyone')], 'dave', true],
    [[any(5, 'everyone')], 'dave', false],
    [[any(1, 'team'), any(1, 'ops')], 'bob', true],
    [[any(1, 'team'), any(1, 'alice')], 'bob', false],
  ];
  it.each(without)('§6 %j could be met without %s: %j', (clauses, requester, could) => {
    expect(couldBeMet(sample, clauses, requester)).toBe(could);
  });
});

describe('what is still missing', () => {
  const table: readonly (readonly [
    what: string,
    clauses: readonly Clause[],
    handles: readonly string[],
    left: readonly Clause[],
  ])[] = [
    ['everything at first', [any(1, 'team'), any(2, 'ops')], [], [any(1, 'team'), any(2, 'ops')]],
    ['nothing where met', [any(1, 'team')], ['alice'], []],
    ['the rest of a count', [any(2, 'team')], ['alice'], [any(1, 'team')]],
    ['whoever is not named gives nothing', [any(1, 'team')], ['dave'], [any(1, 'team')]],
    [
      'the open place is one that somebody else can still fill',
      [any(1, 'alice', 'carol'), any(1, 'alice')],
      ['alice'],
      [any(1, 'alice', 'carol')],
    ],
    ['identical clauses are filled in order', [any(1, 'team'), any(1, 'team')], ['bob'], [any(1, 'team')]],
    ['all of them by as many people', [any(1, 'team'), any(1, 'team')], ['bob', 'alice'], []],
    ['two of a count', [any(3, 'everyone')], ['bob', 'alice'], [any(1, 'everyone')]],
    ['whoever is no member gives nothing', [any(2, 'team')], ['nobody', 'alice'], [any(1, 'team')]],
    [
      'nothing where one moves up for another',
      [any(1, 'alice', 'bob'), any(1, 'alice', 'carol')],
      ['alice', 'bob'],
      [],
    ],
    ['nobody can give it, and it is still missing', [any(1, 'empty')], ['bob'], [any(1, 'empty')]],
  ];
  it.each(table)('%s', (_, clauses, handles, left) => {
    expect(missing(sample, clauses, handles)).toEqual(left);
  });

  it('a place is not kept open for the requester', () => {
    const clauses = [any(1, 'alice', 'carol'), any(1, 'alice', 'dave')];
    expect(missing(sample, clauses, ['alice'], 'carol')).toEqual([any(1, 'alice', 'dave')]);
    expect(missing(sample, clauses, ['alice'], 'dave')).toEqual([any(1, 'alice', 'carol')]);
  });
});
