import {
  inForce,
  isEndorsed,
  limits,
  listedKey,
  quorum,
  ruleNow,
  secondsOf,
  windowOf,
  type Quorum,
} from './counting.js';
import { isPolicyRequest } from './events.js';
import { fitness } from './fitness.js';
import { mismatch, type ToRun } from './mismatch.js';
import type { Clause } from './policy-document.js';
import type { Refusal, RequestStateName } from './reasons.js';
import { ruleProblem } from './rules.js';
import type { LedgerState, RequestRecord } from './state.js';
import { formatTime } from './time.js';

/** Who would run it. `material` null: asked on behalf of that handle, no key at hand (`verify`). */
export interface Runner {
  readonly handle: string;
  readonly material: string | null;
}

/** One thing looked at. `name` is the refusal it stands for. */
export interface Check {
  readonly name: Refusal;
  readonly ok: boolean;
  readonly detail: string;
}

/** The answer, and always all checks made. `reason` is null exactly where authorised. */
export interface Decision {
  readonly authorised: boolean;
  readonly reason: Refusal | null;
  readonly detail: string;
  readonly checks: readonly Check[];
}

type Finding = string | null;

interface Case {
  readonly state: LedgerState;
  readonly record: RequestRecord;
  readonly runner: Runner;
  readonly toRun: ToRun;
  readonly now: number;
  readonly quorum: Quorum;
}

function closedAs(word: 'denied' | 'withdrawn' | 'revoked'): (c: Case) => Finding {
  return ({ record: { closed } }) =>
    closed?.as === word ? `by ${closed.actor} at ${formatTime(closed.at)}: ${closed.reason}` : null;
}

function halted({ state, record, runner }: Case): Finding {
  if (isPolicyRequest(record.event)) return null;
  const halt = state.halts.find(
    ({ who }) => who === null || who === record.event.actor || who === runner.handle,
  );
  if (halt === undefined) return null;
  return `${halt.who ?? 'everything'} since ${formatTime(halt.at)} by ${halt.actor}: ${halt.reason}`;
}

function requesterLeft({ state, record, now }: Case): Finding {
  const { actor } = record.event;
  const current = inForce(state);
  if (current.policy.members[actor] === undefined) return `${actor} is no member`;
  const key = listedKey(current, actor, record.material);
  if (key === undefined) return `the key that signed is no longer listed for ${actor}`;
  const fit = fitness(key, now);
  return fit.fit ? null : `the key that signed is not fit: ${fit.why}`;
}

function noLongerAllowed({ state, record }: Case): Finding {
  const { event } = record;
  if (isPolicyRequest(event)) {
    if (record.closed?.as === 'applied') return null;
    return event.action.base === state.current ? null : 'stale: another policy is in force';
  }
  const rule = ruleNow(state, record);
  if (rule === null) return 'no-rule: no rule of the policy in force covers it';
  const problem = ruleProblem(inForce(state).policy, rule, event, event.actor, 'now');
  return problem === null ? null : `${problem.reason}: ${problem.detail}`;
}

function used({ state, record }: Case): Finding {
  const { uses } = limits(state, record);
  if (uses === null || record.spent < uses) return null;
  return `${record.spent} of ${uses} uses are spent`;
}

function expired(c: Case): Finding {
  const window = windowOf(c.state, c.record);
  if (window !== null && c.now >= window.end) return `the window ended at ${formatTime(window.end)}`;
  const { approveBy } = c.record.event;
  if (!c.quorum.met && c.now >= secondsOf(approveBy)) return `not approved by ${approveBy}`;
  return null;
}

/** `2 of sre or security`: one open place of a quorum in words. */
export function clauseWords(clause: Clause): string {
  return `${clause.count} of ${clause.from.join(' or ')}`;
}

function pending({ quorum: { met, missing, candidates } }: Case): Finding {
  if (met) return null;
  const lacking = missing.map(clauseWords).join(', and ') || 'a rule that can be met';
  const who = candidates.length === 0 ? 'nobody who is left' : candidates.join(', ');
  return `missing ${lacking}; could come from ${who}`;
}

function tooEarly({ record, now }: Case): Finding {
  const { event } = record;
  if (isPolicyRequest(event) || event.notBefore === undefined) return null;
  return now < secondsOf(event.notBefore) ? `not before ${event.notBefore}` : null;
}

function wrongRunner({ state, record, runner, now }: Case): Finding {
  const { action, actor } = record.event;
  const named = action.kind === 'command' && action.executor !== undefined ? action.executor : actor;
  if (runner.handle !== named) return `only ${named} may run it`;
  if (runner.material === null) return null;
  const key = listedKey(inForce(state), named, runner.material);
  if (key === undefined) return `this key is not listed for ${named}`;
  const fit = fitness(key, now);
  return fit.fit ? null : `this key is not fit: ${fit.why}`;
}

/** Section 7, the table of refusals, in its order. `unknown-request` and `unendorsed` stand before it. */
const CHECKS: readonly (readonly [Refusal, (c: Case) => Finding])[] = [
  ['void', ({ record }) => (record.void === null ? null : `${record.void.reason}: ${record.void.detail}`)],
  ['denied', closedAs('denied')],
  ['withdrawn', closedAs('withdrawn')],
  ['revoked', closedAs('revoked')],
  [
    'applied',
    ({ record: { closed } }) => (closed?.as === 'applied' ? `in force since ${formatTime(closed.at)}` : null),
  ],
  ['halted', halted],
  ['requester-left', requesterLeft],
  ['no-longer-allowed', noLongerAllowed],
  ['used', used],
  ['expired', expired],
  ['pending', pending],
  ['too-early', tooEarly],
  ['wrong-runner', wrongRunner],
  ['mismatch', ({ record, toRun }) => mismatch(record.event.action, toRun)],
];

function answer(checks: readonly Check[]): Decision {
  const failed = checks.find((check) => !check.ok);
  if (failed === undefined) return { authorised: true, reason: null, detail: 'every check passed', checks };
  return { authorised: false, reason: failed.name, detail: failed.detail, checks };
}

/**
 * Section 7: may this runner run this, now? `state` is that of the verified head, `now` in seconds, `toRun` what is
 * about to run. Pure. Authorised only where every check passed; a policy request never is.
 */
export function decide(
  state: LedgerState,
  requestId: string,
  runner: Runner,
  toRun: ToRun,
  now: number,
): Decision {
  const record = state.requests.get(requestId);
  const known: Check = {
    name: 'unknown-request',
    ok: record !== undefined,
    detail: record === undefined ? 'no authentic request has that id' : '',
  };
  const endorsed = isEndorsed(state);
  const second: Check = {
    name: 'unendorsed',
    ok: endorsed,
    detail: endorsed ? '' : 'the first policy still lacks its second signature',
  };
  if (record === undefined) return answer([known, second]);
  const c: Case = { state, record, runner, toRun, now, quorum: quorum(state, record, now) };
  const checks = CHECKS.map(([name, find]): Check => {
    const finding = find(c);
    return { name, ok: finding === null, detail: finding ?? '' };
  });
  return answer([known, second, ...checks]);
}

/** Who would naturally run it: the named executor, else the requester. */
export function naturalRunner(record: RequestRecord): Runner {
  const { action, actor } = record.event;
  const handle = action.kind === 'command' && action.executor !== undefined ? action.executor : actor;
  return { handle, material: null };
}

/** The decision for the natural runner and what was approved: what `list` and `verify ID` show. */
export function standingDecision(state: LedgerState, record: RequestRecord, now: number): Decision {
  return decide(state, record.id, naturalRunner(record), { kind: 'as-approved', host: null }, now);
}

/** Section 7, States: what people see a request as. */
export function stateName(state: LedgerState, record: RequestRecord, now: number): RequestStateName {
  return stateOf(standingDecision(state, record, now));
}

/** The state's name by the standing decision. */
export function stateOf({ reason }: Decision): RequestStateName {
  switch (reason) {
    case null:
      return 'approved';
    case 'too-early':
      return 'scheduled';
    case 'denied':
    case 'withdrawn':
    case 'revoked':
    case 'applied':
    case 'halted':
    case 'used':
    case 'expired':
    case 'pending':
      return reason;
    default:
      return 'void';
  }
}
