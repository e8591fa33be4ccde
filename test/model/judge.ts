import type { ApproveEvent, CloseEvent, RequestEvent } from '../../src/core/events.js';
import type { Policy } from '../../src/core/policy-document.js';
import { refusals } from './decide.js';
import { isFit } from './keys.js';
import {
  approvalsOf,
  closedAs,
  effective,
  hasLapsed,
  head,
  isEligible,
  isEndorsed,
  pageOf,
  requestOf,
  runsOf,
  voidReason,
  type Page,
  type Told,
} from './ledger.js';
import { isExecutor, isMember, isNamedInClauses, isValid, keysFor } from './policy.js';
import { againstRule, seconds } from './rules.js';

const DAYS = 24 * 60 * 60;

/** Section 5, points 1, 2, 4, 5 and 6: whether the event is authentic, signed by the key of that material. */
export function isAuthentic(page: Page, told: Told, prevIsRight: boolean): boolean {
  const { policy } = head(page);
  const { event, at, material } = told;
  if (event.type === 'genesis' || !prevIsRight || event.v !== policy.protocol) return false;
  if (event.ledger !== page.facts[0]?.id) return false;
  const signs = event.type === 'start' || event.type === 'finish';
  if (!isMember(policy, event.actor) && !(signs && isExecutor(policy, event.actor))) return false;
  if (!keysFor(policy, event.actor).some((key) => key.material === material && isFit(key, at))) return false;
  return page.facts.every((fact) => at >= fact.at - 900);
}

/** Section 5, last paragraph: "material that a policy in force ever listed for one handle is never listed for another". */
function takesMaterial({ reigns }: Page, next: Policy): boolean {
  const handles = (policy: Policy): string[] => [
    ...Object.keys(policy.members),
    ...Object.keys(policy.executors ?? {}),
  ];
  return reigns.some(({ policy }) =>
    handles(policy).some((before) =>
      keysFor(policy, before).some(({ material }) =>
        handles(next).some(
          (after) => after !== before && keysFor(next, after).some((key) => key.material === material),
        ),
      ),
    ),
  );
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, item]) => [name, sorted(item)]);
}

function same(a: Policy, b: Policy): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function request(page: Page, event: RequestEvent): string | null {
  const { id, policy } = head(page);
  const pending = seconds(event.approveBy) - seconds(event.at);
  if ('duration' in event) return againstRule(policy, event, false) ?? (pending <= 0 ? 'late' : null);
  if (pending > 30 * DAYS) return 'exceeds-rule';
  if (pending <= 0) return 'late';
  const next = event.action.policy;
  const { protocol } = policy;
  const grows = next.protocol > protocol && !same({ ...next, protocol }, policy);
  if (!isValid(next) || next.protocol < protocol || grows || takesMaterial(page, next))
    return 'invalid-policy';
  return event.action.base === id ? null : 'stale';
}

function approve(page: Page, event: ApproveEvent): string | null {
  const asked = requestOf(page, event.request);
  if (asked === null) return 'unknown-request';
  if (event.actor === asked.fact.event.actor) return 'self-approval';
  if (!isEligible(page, asked, event.actor, head(page))) return 'not-eligible';
  for (const { fact, index } of approvalsOf(page, asked))
    if (fact.event.actor === event.actor && !hasLapsed(page, fact, index)) return 'duplicate';
  return seconds(event.at) < seconds(asked.fact.event.approveBy) ? null : 'late';
}

function close(page: Page, event: CloseEvent): string | null {
  const asked = requestOf(page, event.request);
  if (asked === null) return 'unknown-request';
  const may =
    event.as === 'withdrawn'
      ? event.actor === asked.fact.event.actor
      : asked.fact.event.action.kind !== 'policy' && isEligible(page, asked, event.actor, head(page));
  return may ? null : 'not-allowed';
}

/** The row `approve`, `close`, `start` that all three share. */
function named(page: Page, id: string): string | null {
  if (id === page.facts[0]?.id) return 'closed';
  const asked = requestOf(page, id);
  if (asked === null) return 'unknown-request';
  if (voidReason(page, asked) !== null) return 'request-void';
  return closedAs(page, asked) === null ? null : 'closed';
}

/** The endorsement of the first policy and its withdrawal; undefined: it is something else. Section 6. */
function endorsement(page: Page, { event }: Told): string | null | undefined {
  const [genesis] = page.facts;
  if (genesis === undefined || (event.type !== 'approve' && event.type !== 'close')) return undefined;
  if (event.request !== genesis.id) return undefined;
  const withdrawn = effective(page, 'close').some(({ fact }) => fact.event.request === genesis.id);
  if (isEndorsed(page)) return 'closed';
  const founder = genesis.event.actor;
  if (event.type === 'close') {
    if (event.as !== 'withdrawn' || event.actor !== founder) return 'unendorsed';
    return withdrawn ? 'closed' : null;
  }
  if (withdrawn) return 'closed';
  if (event.actor === founder) return 'self-approval';
  const { policy } = head(page);
  if (!isNamedInClauses(policy, policy.changes, event.actor)) return 'not-eligible';
  const again = effective(page, 'approve').some(({ fact }) => fact.event.actor === event.actor);
  return again ? 'duplicate' : null;
}

/** Section 7, the table of voids: why this authentic event is void, or null. */
export function voidOf(page: Page, told: Told): string | null {
  const { event, material, at } = told;
  const first = endorsement(page, told);
  if (first !== undefined) return first;
  if (!isEndorsed(page)) return 'unendorsed';
  switch (event.type) {
    case 'genesis':
      throw new Error('only the root carries a genesis');
    case 'request':
      return request(page, event);
    case 'approve':
      return named(page, event.request) ?? approve(page, event);
    case 'close':
      return named(page, event.request) ?? close(page, event);
    case 'halt': {
      const { policy } = head(page);
      const { who } = event;
      return who === undefined || isMember(policy, who) || isExecutor(policy, who) ? null : 'unknown-who';
    }
    case 'start': {
      const runner = { handle: event.actor, material };
      const toRun = { kind: 'as-approved', host: event.host } as const;
      const refused = named(page, event.request);
      if (refused !== null) return refused;
      return refusals(page, event.request, runner, toRun, at).length === 0 ? null : 'not-authorised';
    }
    case 'finish': {
      const start = effective(page, 'start').find(({ fact }) => fact.id === event.run);
      const asked = start === undefined ? null : requestOf(page, start.fact.event.request);
      if (start === undefined || asked === null) return 'unknown-run';
      if (start.fact.event.actor !== event.actor) return 'not-allowed';
      const run = runsOf(page, asked).find(({ id }) => id === event.run);
      return run?.failed === null ? null : 'duplicate';
    }
  }
}

/** The ledger with one more authentic event. */
export function extended(page: Page, told: Told): Page {
  return pageOf([...page.facts, { ...told, void: voidOf(page, told) }]);
}
