import type { KeyInfo } from '../core/keys.js';
import type { Executor, Match, Member, Policy, PolicyTest, Rule } from '../core/policy-document.js';
import { exact, told, quoted } from '../core/show.js';
import { formatDuration } from '../core/time.js';
import { clauseText, field, fingerprintText } from './layout-words.js';

/** The keys of a policy by handle, as its certificates read; undefined where they were not read. */
export type Ring = Readonly<Record<string, readonly KeyInfo[]>>;

function partyLines(handle: string, party: Executor & Pick<Member, 'unix'>, ring: Ring | null): string[] {
  const keys = (ring?.[handle] ?? []).map((key) => {
    const kind = key.primary === null ? 'key' : 'subkey';
    const until =
      key.expires === null ? '' : `, expires ${new Date(key.expires * 1000).toISOString().slice(0, 10)}`;
    return `${kind} ${fingerprintText(key.fingerprint)} (${key.algorithmName}${until}${key.revoked ? ', revoked' : ''})`;
  });
  const known = party.unix === undefined ? [] : [`logins ${party.unix.map(exact).join(' ')}`];
  return [field(handle, [`${told(party.name)} <${exact(party.email)}>`, ...keys, ...known].join('\n'))];
}

function matchText(match: Match): string {
  if ('command' in match) return `command ${quoted(match.command)}`;
  return 'access' in match ? `access ${exact(match.access)}` : 'anything';
}

/** A rule, and all that it demands, for people. */
export function ruleLines(rule: Rule): string[] {
  const limits = `at most ${formatDuration(rule.maxDuration)}, ${rule.maxUses} uses, pending ${formatDuration(rule.maxPending)}`;
  const more = [
    `who asks: ${(rule.requesters ?? ['everyone']).join(', ')}`,
    `approvals: ${rule.approvals.map(clauseText).join(', and ')}`,
    limits,
    ...(rule.justification === undefined
      ? []
      : [`a reason of at least ${rule.justification.minLength} characters`]),
    ...(rule.ticket === undefined ? [] : [`a ticket like ${exact(rule.ticket.pattern)}`]),
    ...(rule.executors === undefined ? [] : [`on ${rule.executors.join(' or ')}`]),
    ...(rule.pins === undefined ? [] : [`pinned: arguments like ${rule.pins.map(exact).join(' ')}`]),
    ...(rule.env === undefined ? [] : [`variables: ${rule.env.map(exact).join(' ') || 'none'}`]),
    ...(rule.stdin === undefined ? [] : [`standard input: ${rule.stdin.join(', ') || 'none'}`]),
    ...(rule.enforceEnd === true ? ['what still runs when the window is over is ended'] : []),
  ];
  return [field(rule.name, [matchText(rule.match), ...more].join('\n'))];
}

function testLine({ requester, command, access, expect }: PolicyTest): string {
  const what = command === undefined ? `access ${exact(access ?? '')}` : quoted(command);
  return field(requester, `${what}: ${exact(expect)}`);
}

/** A policy for people to read: who, with which keys, may ask what, and whose approvals it takes. Every text is escaped. */
export function policyLines(policy: Policy, ring: Ring | null): string {
  const parties = (found: Readonly<Record<string, Executor>>): string[] =>
    Object.entries(found).flatMap(([handle, party]) => partyLines(handle, party, ring));
  const groups = Object.entries(policy.groups ?? {}).map(([name, members]) =>
    field(name, members.join(', ')),
  );
  const { executors = {}, tests = [] } = policy;
  const raised =
    policy.protocol === 1
      ? []
      : [
          'WARNING: programs that do not know this protocol, this one among them, decide nothing under it, for good',
        ];
  return [
    `Protocol ${policy.protocol}`,
    ...raised,
    'Members',
    ...parties(policy.members),
    ...(Object.keys(executors).length === 0 ? [] : ['Executors', ...parties(executors)]),
    ...(groups.length === 0 ? [] : ['Groups', ...groups]),
    'Rules, the first that matches decides',
    ...policy.rules.flatMap(ruleLines),
    'A change of this policy takes',
    field('', policy.changes.map(clauseText).join(', and ')),
    ...(tests.length === 0 ? [] : ['Tests', ...tests.map(testLine)]),
  ].join('\n');
}
