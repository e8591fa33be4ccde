import { clausesMet, people } from '../core/clauses.js';
import type { Clause, Policy } from '../core/policy-document.js';
import { MpaError } from '../core/errors.js';
import { isRecord, type Written } from './policy-file.js';

/** The handle of the recovery key, and the group of those who work every day. CLI.md, `mpa init`. */
export const RECOVERY = 'recovery';
const TEAM = 'team';

const HOUR = 3600;

/** Any action, one approval, at most 8 h, pending at most 24 h, 10 uses. CLI.md, `mpa init`. */
function standardRule(recovery: boolean): Readonly<Record<string, unknown>> {
  return {
    name: 'standard',
    match: { any: true },
    // With a recovery key not everyone may ask: it is for policy changes alone.
    ...(recovery ? { requesters: [TEAM] } : {}),
    approvals: [{ count: 1, from: [TEAM] }],
    maxDuration: 8 * HOUR,
    maxPending: 24 * HOUR,
    maxUses: 10,
  };
}

/**
 * Fills in what a policy file leaves out: a group `team` of `founders` where its defaults need one, one rule, `changes`
 * by one of the team. `recovery`: whether there is a member `recovery`, whom only `changes` then names. `file`: null where none was
 * given. Pure. Errors: `usage` where a file's own rules would let the recovery key take part in daily work.
 */
export function completed(file: Written | null, founders: readonly string[], recovery: boolean): Written {
  const written = file ?? { protocol: 1 };
  const groups = isRecord(written.groups) ? written.groups : {};
  const usesTeam = written.rules === undefined || written.changes === undefined;
  const needsTeam = usesTeam && written.groups === undefined;
  if (usesTeam && !needsTeam && !Object.hasOwn(groups, TEAM)) {
    throw new MpaError(
      'usage',
      `The policy file has groups but no \`${TEAM}\`, which the standard rules and changes name.`,
      {
        hint: `Give both \`rules\` and \`changes\` in the file, or a group \`${TEAM}\`.`,
      },
    );
  }
  const team = [...founders].sort();
  const changes = written.changes ?? [{ count: 1, from: [TEAM] }];
  const rules = written.rules ?? [standardRule(recovery)];
  return {
    ...written,
    ...(needsTeam ? { groups: { [TEAM]: team } } : {}),
    rules: recovery && written.rules !== undefined ? withoutRecovery(rules, team) : rules,
    changes: recovery ? alsoRecovery(changes) : changes,
  };
}

/** Each clause of `changes` names the recovery key too. */
function alsoRecovery(changes: unknown): unknown {
  if (!Array.isArray(changes)) return changes;
  return changes.map((clause: unknown) => {
    if (!isRecord(clause) || !Array.isArray(clause.from)) return clause;
    const from: unknown[] = clause.from;
    return from.includes(RECOVERY) || from.includes('everyone')
      ? clause
      : { ...clause, from: [...from, RECOVERY] };
  });
}

/** A file's rules, with requesters where it names none. One that names `everyone` or the recovery key would take it in. */
function withoutRecovery(rules: unknown, founders: readonly string[]): unknown {
  if (!Array.isArray(rules)) return rules;
  return rules.map((rule: unknown, index) => {
    if (!isRecord(rule)) return rule;
    const clauses: unknown[] = Array.isArray(rule.approvals) ? rule.approvals : [];
    const lists = [rule.requesters, ...clauses.map((clause) => (isRecord(clause) ? clause.from : undefined))];
    if (lists.some((list) => Array.isArray(list) && (list.includes('everyone') || list.includes(RECOVERY)))) {
      throw new MpaError('usage', `rules[${index}] names everyone, the recovery key among them.`, {
        hint: 'Name a group in its place: the recovery key is for policy changes alone.',
      });
    }
    return rule.requesters === undefined ? { ...rule, requesters: [...founders] } : rule;
  });
}

/**
 * Members whose key is their only one and without whom nobody could change the policy any more: no other member could ask so that the rest
 * meet `changes`. Section 6. Handles in order.
 */
export function lockedOutWithout(policy: Policy): string[] {
  const handles = Object.keys(policy.members).sort();
  return handles.filter((lost) => {
    if ((policy.members[lost]?.keys.length ?? 0) > 1) return false;
    const left = handles.filter((handle) => handle !== lost);
    return !left.some((asks) =>
      clausesMet(
        policy,
        policy.changes,
        left.filter((handle) => handle !== asks),
      ),
    );
  });
}

/** Members whom a list of clauses names, in order: for words to people. */
export function namedBy(policy: Policy, clauses: readonly Clause[]): string[] {
  return [
    ...people(
      policy,
      clauses.flatMap((clause) => clause.from),
    ),
  ].sort();
}
