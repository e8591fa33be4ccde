import { coversMatch, covers, sameProgram } from './cover.js';
import type { Remark } from './lint-remark.js';
import type { Match, Policy, Rule } from './policy-document.js';
import {
  approvalsWeighed,
  guardsWeighed,
  requestersWeighed,
  type Scales,
  type Weighed,
} from './weigh-rules.js';
import { listText, namesText } from './weigh-words.js';

/** Rules of whose demands one remark speaks; further ones are named. */
const TOLD_AT_MOST = 3;

/** Where more is allowed, and nobody gets at anything by it. */
const HARMLESS = 'longest wait for approvals';

function coversEverything(pattern: string | undefined): boolean {
  return pattern !== undefined && covers(pattern, '*');
}

/** A command rule that ends in `**`, and before it names nothing but a program. */
function anyArguments(patterns: readonly string[]): boolean {
  return patterns.at(-1) === '**' && patterns.slice(1, -1).every(coversEverything);
}

/**
 * How an action that the earlier match is meant for can be worded so that the later one covers it. `reworded`: by another order or number of
 * arguments, another program name or kind of action; `renamed`: by another argument in the same place, which has to mean the same to
 * the program; null: not that anybody could see. Resources are names that whoever guards them compares: they have no other wording.
 */
function walkAround(earlier: Match, later: Match, scales: Scales): 'reworded' | 'renamed' | null {
  if ('any' in later) return 'reworded';
  if ('access' in later) return 'access' in earlier && coversEverything(later.access) ? 'reworded' : null;
  if (!('command' in earlier)) return null;
  const all = coversMatch(later, earlier, scales.budget);
  const [mine, theirs] = [later.command, earlier.command];
  if (all) {
    const closed = mine.at(-1) !== '**' && mine[0] === theirs[0];
    return closed ? 'renamed' : 'reworded';
  }
  const near = anyArguments(mine) && sameProgram(mine[0] ?? '', theirs[0] ?? '');
  return near ? 'reworded' : null;
}

/** In what the later rule asks for less, for a remark; and whether it asks for more approvals instead. */
function less(
  scales: Scales,
  policy: Policy,
  earlier: Rule,
  later: Rule,
): { less: Weighed[]; more: boolean } {
  const [was, is] = [
    { policy, rule: earlier },
    { policy, rule: later },
  ];
  const approvals = approvalsWeighed(scales, was, is);
  // Of an access, variables, pins and the like have nothing to judge.
  const access = 'access' in earlier.match;
  const judged = new Set(['longest grant', 'reason', 'ticket']);
  const guards = guardsWeighed(earlier, later, scales.budget).filter(
    ({ what }) => what !== HARMLESS && (!access || judged.has(what)),
  );
  const all = [approvals, requestersWeighed(scales, was, is), ...guards];
  return { less: all.filter(({ weaker }) => weaker), more: approvals.stronger && !approvals.weaker };
}

function lessText({ earlier, less: all }: Weak): string {
  const words = all.map(({ what, is, was }) => `${what}: ${is()}, not ${was()}`);
  return `less than ${earlier.name} (${words.join('; ')})`;
}

interface Weak {
  readonly earlier: Rule;
  readonly less: readonly Weighed[];
  readonly how: 'reworded' | 'renamed';
  readonly level: Remark['level'];
}

function weakRemark(later: Rule, index: number, weak: readonly Weak[], level: Remark['level']): Remark[] {
  const found = weak.filter((one) => one.level === level);
  const [first] = found;
  if (first === undefined) return [];
  const told = found.slice(0, TOLD_AT_MOST).map(lessText);
  const further = found.slice(TOLD_AT_MOST).map(({ earlier }) => earlier.name);
  const names = found.map(({ earlier }) => earlier.name);
  const how =
    first.how === 'reworded'
      ? `Whoever words an action of ${namesText(names)} a little differently comes under ${later.name}.`
      : `Whoever finds another argument that means the same comes under ${later.name}.`;
  const all = listText([...told, ...(further.length === 0 ? [] : [`less than ${listText(further)}`])]);
  return [
    {
      level,
      path: ['rules', index],
      message: `The rule ${later.name} is weaker than what stands above it: it asks for ${all}. ${how}`,
      mend:
        `Let ${later.name} ask for as much as ${listText(names)}, or narrow what it covers` +
        (level === 'refuse' ? '; --anyway takes it as it is.' : '.'),
    },
  ];
}

/** The rule above it that takes all that rule `index` covers, if any. */
function takerOf(rules: readonly Rule[], index: number, scales: Scales): readonly Rule[] | null {
  const match = rules[index]?.match;
  const above = rules.slice(0, index);
  if (match === undefined) return null;
  const one = above.find((rule) => coversMatch(rule.match, match, scales.budget));
  if (one !== undefined) return [one];
  if (!('any' in match)) return null;
  // Every command by one rule, and every resource by another, leave nothing.
  const commands = above.find((rule) => coversMatch(rule.match, { command: ['**'] }, scales.budget));
  const resources = above.find((rule) => coversMatch(rule.match, { access: '*' }, scales.budget));
  return commands === undefined || resources === undefined ? null : [commands, resources];
}

/** Rules that can never match, and rules by which a stricter one above them can be walked around. Section 6: first match decides. */
export function ruleRemarks(policy: Policy, scales: Scales): Remark[] {
  const { rules } = policy;
  const remarks: Remark[] = [];
  const alive: number[] = [];
  rules.forEach((later, index) => {
    const path = ['rules', index];
    if ('command' in later.match && later.match.command.length === 0) {
      const message = `The rule ${later.name} can never match: it has no pattern, not even for a program.`;
      remarks.push({ level: 'refuse', path, message, mend: 'Give it patterns, or leave it out.' });
      return;
    }
    const takers = takerOf(rules, index, scales);
    if (takers !== null) {
      const names = listText(takers.map(({ name }) => name));
      remarks.push({
        level: 'refuse',
        path,
        message: `The rule ${later.name} can never match: ${names} above it ${takers.length === 1 ? 'takes' : 'take'} all that it covers.`,
        mend: `Move ${later.name} above ${names}, or leave it out.`,
      });
      return;
    }
    const weak = alive.flatMap((i): Weak[] => {
      const earlier = rules[i];
      const how = earlier === undefined ? null : walkAround(earlier.match, later.match, scales);
      if (earlier === undefined || how === null) return [];
      const { less: all, more } = less(scales, policy, earlier, later);
      if (all.length === 0) return [];
      return [{ earlier, less: all, how, level: how === 'renamed' || more ? 'warn' : 'refuse' }];
    });
    remarks.push(...weakRemark(later, index, weak, 'refuse'), ...weakRemark(later, index, weak, 'warn'));
    alive.push(index);
  });
  return remarks;
}
