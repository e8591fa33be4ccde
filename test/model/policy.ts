import type { AccessAction, CommandAction } from '../../src/core/action.js';
import type { Clause, Policy, Rule } from '../../src/core/policy-document.js';
import { keyIn, type Key } from './keys.js';

/** Section 6, the plain way: lists, loops and a search through all possibilities. */

export function isMember(policy: Policy, handle: string): boolean {
  return Object.keys(policy.members).includes(handle);
}

export function isExecutor(policy: Policy, handle: string): boolean {
  return Object.keys(policy.executors ?? {}).includes(handle);
}

/** The keys that a policy lists for a member or executor. */
export function keysFor(policy: Policy, handle: string): Key[] {
  const party = isMember(policy, handle) ? policy.members[handle] : policy.executors?.[handle];
  const keys: Key[] = [];
  for (const listed of party?.keys ?? []) {
    const key = keyIn(listed.public);
    if (key !== null) keys.push(key);
  }
  return keys;
}

/** Everybody whom a list of groups and handles names. */
function peopleOf(policy: Policy, names: readonly string[]): string[] {
  const found: string[] = [];
  for (const handle of Object.keys(policy.members)) {
    for (const name of names) {
      const group = policy.groups?.[name] ?? [];
      if (name === 'everyone' || name === handle || group.includes(handle)) found.push(handle);
    }
  }
  return found;
}

export function isNamed(policy: Policy, names: readonly string[], handle: string): boolean {
  return peopleOf(policy, names).includes(handle);
}

export function isNamedInClauses(policy: Policy, clauses: readonly Clause[], handle: string): boolean {
  return clauses.some((clause) => isNamed(policy, clause.from, handle));
}

/** "There must be an assignment in which no approver fills two places": tries them all. */
export function areMet(policy: Policy, clauses: readonly Clause[], people: readonly string[]): boolean {
  const places: (readonly string[])[] = [];
  for (const clause of clauses) for (let i = 0; i < clause.count; i++) places.push(clause.from);
  const seat = (place: number, free: readonly string[]): boolean => {
    const from = places[place];
    if (from === undefined) return true;
    return free.some(
      (person) =>
        isNamed(policy, from, person) &&
        seat(
          place + 1,
          free.filter((other) => other !== person),
        ),
    );
  };
  return seat(0, [...new Set(people)]);
}

/** Whether a pattern covers the whole text, by trying every run of characters for every star. */
export function covers(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('*')) {
    for (let length = 0; length <= text.length; length++)
      if (covers(pattern.slice(1), text.slice(length))) return true;
    return false;
  }
  const literal = pattern.startsWith('\\') ? pattern.slice(1, 2) : pattern.slice(0, 1);
  const rest = pattern.startsWith('\\') ? pattern.slice(2) : pattern.slice(1);
  return literal !== '' && text.startsWith(literal) && covers(rest, text.slice(1));
}

function coversCommand(patterns: readonly string[], { argv, program }: CommandAction): boolean {
  const words = [...argv];
  if (patterns[0]?.startsWith('/') === true && program !== undefined) words[0] = program;
  const match = (left: readonly string[], rest: readonly string[]): boolean => {
    const [pattern, ...more] = left;
    if (pattern === undefined) return rest.length === 0;
    if (pattern === '**' && more.length === 0) return true;
    const [word, ...others] = rest;
    return word !== undefined && covers(pattern, word) && match(more, others);
  };
  return match(patterns, words);
}

/** "The first match decides": the rule, or null. */
export function ruleFor(policy: Policy, action: CommandAction | AccessAction): Rule | null {
  for (const rule of policy.rules) {
    if ('any' in rule.match) return rule;
    if ('access' in rule.match) {
      if (action.kind === 'access' && covers(rule.match.access, action.resource)) return rule;
    } else if (action.kind === 'command' && coversCommand(rule.match.command, action)) return rule;
  }
  return null;
}

/** "A policy is valid when", as far as the policies of test/model/moves.ts can break it. */
export function isValid(policy: Policy): boolean {
  const members = Object.keys(policy.members);
  const executors = Object.keys(policy.executors ?? {});
  const groups = Object.keys(policy.groups ?? {});
  if (members.length < 2) return false;

  const names = [...members, ...executors, ...groups];
  if (new Set(names).size !== names.length || names.includes('everyone')) return false;

  const parties = [...Object.values(policy.members), ...Object.values(policy.executors ?? {})];
  const addresses = parties.map(({ email }) => email.toLowerCase());
  if (new Set(addresses).size !== addresses.length) return false;

  const texts = parties.flatMap(({ keys }) => keys.map((key) => key.public));
  const materials = texts.map((text) => keyIn(text)?.material);
  if (materials.includes(undefined) || new Set(materials).size !== materials.length) return false;
  if (parties.some(({ keys }) => keys.length === 0)) return false;

  const exist = (list: readonly string[]): boolean =>
    list.every((name) => name === 'everyone' || members.includes(name) || groups.includes(name));
  for (const handles of Object.values(policy.groups ?? {}))
    if (!handles.every((handle) => members.includes(handle))) return false;

  const couldBeMet = (clauses: readonly Clause[], requesters: readonly string[]): boolean =>
    clauses.length > 0 &&
    clauses.every(({ from }) => exist(from)) &&
    peopleOf(policy, requesters).every((asker) =>
      areMet(
        policy,
        clauses,
        members.filter((other) => other !== asker),
      ),
    );
  if (new Set(policy.rules.map(({ name }) => name)).size !== policy.rules.length) return false;
  for (const rule of policy.rules) {
    const requesters = rule.requesters ?? ['everyone'];
    if (!exist(requesters) || !couldBeMet(rule.approvals, requesters)) return false;
    if (!(rule.executors ?? []).every((name) => executors.includes(name))) return false;
  }
  return couldBeMet(policy.changes, ['everyone']);
}
