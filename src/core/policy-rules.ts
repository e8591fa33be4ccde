import { crowdOf, EVERYONE, sparedBy, type Crowd } from './clauses.js';
import { validPattern } from './patterns.js';
import { hasPerson } from './places.js';
import type { Clause, Match, Policy, Rule } from './policy-document.js';
import type { PolicyProblem } from './policy-people.js';
import { VOID_REASONS } from './reasons.js';

type Path = readonly (string | number)[];

/** `requesters` and `from` list groups and member handles, `everyone` too; each must exist. Section 6. */
function unknownNames(policy: Policy, names: readonly string[], path: Path): PolicyProblem[] {
  return names.flatMap((name, i) => {
    const known =
      name === EVERYONE || Object.hasOwn(policy.members, name) || Object.hasOwn(policy.groups ?? {}, name);
    if (known) return [];
    const groups = Object.keys(policy.groups ?? {}).slice(0, 8);
    const some = groups.length === 0 ? '' : ` (${groups.join(', ')})`;
    return [
      {
        path: [...path, i],
        message: `${name} is no member and no group`,
        mend: `Name a group${some}, a member's handle, or everyone.`,
      },
    ];
  });
}

/** At least one clause, of names that exist, which others could meet whoever of `requesters` asks. Section 6. */
function clauseProblems(
  policy: Policy,
  crowd: Crowd,
  clauses: readonly Clause[],
  requesters: readonly string[],
  path: Path,
): PolicyProblem[] {
  if (clauses.length === 0)
    return [
      {
        path,
        message: 'at least one clause is needed',
        mend: 'Say whose approval it takes: `- {count: 1, from: [GROUP]}`.',
      },
    ];
  const unknown = clauses.flatMap((clause, i) => unknownNames(policy, clause.from, [...path, i, 'from']));
  const askers = crowd.setOf(requesters);
  const spared = sparedBy(crowd, clauses);
  const needed = crowd.handles.find(
    (_, i) => hasPerson(askers, i) && !(spared !== null && hasPerson(spared, i)),
  );
  // Whoever could not be named could not sign either: that is said once.
  if (needed === undefined || unknown.length > 0) return unknown;
  return [
    {
      path,
      message: `the others could not meet these clauses when ${needed} asks`,
      mend: 'Name more people in `from`, lower a `count`, or let fewer ask (`requesters`): nobody approves their own, and nobody fills two places.',
    },
  ];
}

function matchPatterns(match: Match): readonly { path: Path; pattern: string }[] {
  if ('any' in match) return [];
  if ('access' in match) return [{ path: ['match', 'access'], pattern: match.access }];
  return match.command.map((pattern, i) => ({ path: ['match', 'command', i], pattern }));
}

/** A pattern that ends in a single `\` is invalid. Section 6. */
function patternProblems(rule: Rule, path: Path): PolicyProblem[] {
  const patterns = [
    ...matchPatterns(rule.match),
    ...(rule.ticket === undefined ? [] : [{ path: ['ticket', 'pattern'], pattern: rule.ticket.pattern }]),
    ...(rule.pins ?? []).map((pattern, i) => ({ path: ['pins', i], pattern })),
  ];
  return patterns
    .filter(({ pattern }) => !validPattern(pattern))
    .map(({ path: inner }) => ({
      path: [...path, ...inner],
      message: 'the pattern ends in a single \\',
      mend: 'Write \\\\ for a backslash itself, or take it away.',
    }));
}

/** What a test's `expect` could also name, so that no rule may be called so. Section 6. */
const RESERVED: ReadonlySet<string> = new Set(VOID_REASONS);

/** Problems of the rules and of `changes`, which any member may ask for. Section 6. */
export function ruleProblems(policy: Policy): PolicyProblem[] {
  const crowd = crowdOf(policy, Object.keys(policy.members));
  const names = new Set<string>();
  const problems = policy.rules.flatMap((rule, i) => {
    const path = ['rules', i];
    const found: PolicyProblem[] = [];
    if (RESERVED.has(rule.name)) {
      found.push({
        path: [...path, 'name'],
        message: `${rule.name} is the name of a reason for a refusal`,
        mend: 'Take another name: a test could not tell them apart.',
      });
    }
    if (names.has(rule.name)) {
      found.push({
        path: [...path, 'name'],
        message: `another rule is called ${rule.name}`,
        mend: 'Give each rule a name of its own.',
      });
    }
    names.add(rule.name);
    const requesters = rule.requesters ?? [EVERYONE];
    (rule.executors ?? []).forEach((name, k) => {
      if (Object.hasOwn(policy.executors ?? {}, name)) return;
      found.push({
        path: [...path, 'executors', k],
        message: `${name} is no executor`,
        mend: 'Add it under `executors`, or name one that is there.',
      });
    });
    return [
      ...found,
      ...unknownNames(policy, requesters, [...path, 'requesters']),
      ...clauseProblems(policy, crowd, rule.approvals, requesters, [...path, 'approvals']),
      ...patternProblems(rule, path),
    ];
  });
  return [...problems, ...clauseProblems(policy, crowd, policy.changes, [EVERYONE], ['changes'])];
}
