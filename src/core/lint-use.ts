import { EVERYONE, people } from './clauses.js';
import { covers } from './cover.js';
import type { Remark } from './lint-remark.js';
import type { Policy, Rule } from './policy-document.js';
import { formatDuration } from './time.js';
import { listText, usesText } from './weigh-words.js';

/** What one approval should not open for: a week, a hundred uses. */
const LONG = 7 * 86_400;
const MANY = 100;

/** Programs that run whatever is typed into them. */
const SHELLS =
  'sh ash bash dash zsh ksh csh tcsh fish busybox env sudo su doas ssh xargs python python3 perl ruby node php lua'.split(
    ' ',
  );

function warn(path: Remark['path'], message: string, mend: string): Remark {
  return { level: 'warn', path, message, mend };
}

function groupRemarks(policy: Policy, named: ReadonlySet<string>): Remark[] {
  return Object.entries(policy.groups ?? {}).flatMap(([name, handles]): Remark[] => {
    const path = ['groups', name];
    if (!named.has(name))
      return [warn(path, `No rule and no clause names the group ${name}.`, 'Name it, or leave it out.')];
    if (handles.length > 0) return [];
    return [warn(path, `Nobody is in the group ${name}.`, 'Put members into it, or leave it out.')];
  });
}

function peopleRemarks(
  policy: Policy,
  clauseNames: readonly string[],
  requesterNames: readonly string[],
): Remark[] {
  const used = people(policy, [...clauseNames, ...requesterNames]);
  return Object.keys(policy.members)
    .filter((handle) => !used.has(handle))
    .map((handle) =>
      warn(
        ['members', handle],
        `No rule and no clause names ${handle}, who can do nothing but propose changes of the policy.`,
        `Put ${handle} into a group, or remove them.`,
      ),
    );
}

function executorRemarks({ executors = {}, rules }: Policy): Remark[] {
  const used = new Set(rules.flatMap((rule) => rule.executors ?? []));
  return Object.keys(executors)
    .filter((handle) => !used.has(handle))
    .map((handle) =>
      warn(
        ['executors', handle],
        `No rule names the executor ${handle}: it may be asked to run whatever a rule without executors covers.`,
        `Name ${handle} in the executors of the rules that it is for.`,
      ),
    );
}

function terminalRemark(rule: Rule, path: Remark['path']): Remark[] {
  if (!('command' in rule.match) || !(rule.stdin?.includes('terminal') ?? true)) return [];
  const first = rule.match.command[0] ?? '';
  const shell = first.slice(first.lastIndexOf('/') + 1);
  if (!SHELLS.includes(shell)) return [];
  return [
    warn(
      path,
      `The rule ${rule.name} lets ${shell} have the terminal: what is typed there, nobody approves.`,
      `Give ${rule.name} \`stdin: [none]\`, or narrow its command.`,
    ),
  ];
}

function longRemark(rule: Rule, path: Remark['path']): Remark[] {
  const places = rule.approvals.reduce((sum, { count }) => sum + count, 0);
  const most = [
    ...(rule.maxDuration > LONG ? [formatDuration(rule.maxDuration)] : []),
    ...(rule.maxUses > MANY && !('access' in rule.match) ? [usesText(rule.maxUses)] : []),
  ];
  if (places > 1 || most.length === 0) return [];
  const message = `Under the rule ${rule.name} one approval is good for ${listText(most)}.`;
  return [warn(path, message, `Lower its limits, or ask for a second approval.`)];
}

/** Programs named without their folder, of commands that people run: once for all rules. */
function bareRemark(rules: readonly Rule[]): Remark[] {
  const bare = rules.flatMap((rule, index) => {
    if (!('command' in rule.match) || rule.executors !== undefined) return [];
    const first = rule.match.command[0] ?? '';
    return first === '' || first.startsWith('/') || covers(first, '*') ? [] : [{ name: rule.name, index }];
  });
  const [first] = bare;
  if (first === undefined) return [];
  return [
    warn(
      ['rules', first.index, 'match', 'command', 0],
      `${listText(bare.map(({ name }) => name))} ${bare.length === 1 ? 'names its program' : 'name their programs'} without a folder: ` +
        'any program of that name, wherever along PATH, is covered.',
      'Write the whole path, such as /usr/bin/psql, where only that one is meant. Approvers are shown the path either way.',
    ),
  ];
}

/** Names that nothing uses, rules that nobody can use, and rules that open more than they seem to. */
export function useRemarks(policy: Policy): Remark[] {
  const { rules, changes } = policy;
  const clauses = [...rules.flatMap(({ approvals }) => approvals), ...changes];
  const clauseNames = clauses.flatMap(({ from }) => from);
  const requesterNames = rules.flatMap(({ requesters }) => requesters ?? [EVERYONE]);
  return [
    ...rules.flatMap((rule, i): Remark[] => {
      const path = ['rules', i];
      const nobody = people(policy, rule.requesters ?? [EVERYONE]).size === 0;
      return [
        ...(nobody
          ? [
              warn(
                [...path, 'requesters'],
                `Nobody may ask under the rule ${rule.name}.`,
                'Name requesters who exist.',
              ),
            ]
          : []),
        ...terminalRemark(rule, path),
        ...longRemark(rule, path),
      ];
    }),
    ...bareRemark(rules),
    ...groupRemarks(policy, new Set([...clauseNames, ...requesterNames])),
    ...peopleRemarks(policy, clauseNames, requesterNames),
    ...executorRemarks(policy),
  ];
}
