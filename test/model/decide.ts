import type { ToRun } from '../../src/core/mismatch.js';
import type { Action } from '../../src/core/action.js';
import { isFit } from './keys.js';
import {
  closedAs,
  haltsIn,
  head,
  isEndorsed,
  isQuorate,
  limitsOf,
  requestOf,
  spentOf,
  voidReason,
  windowOf,
  type Page,
} from './ledger.js';
import { isMember, keysFor } from './policy.js';
import { againstRule, seconds } from './rules.js';

export interface Runner {
  readonly handle: string;
  readonly material: string | null;
}

function differs(action: Action, toRun: ToRun): boolean {
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  if (toRun.kind === 'as-approved')
    return (
      action.kind === 'command' &&
      action.executor === undefined &&
      toRun.host !== null &&
      toRun.host !== action.host
    );
  if (action.kind === 'policy') return true;
  if (action.kind === 'access') return toRun.kind !== 'access' || toRun.resource !== action.resource;
  if (toRun.kind === 'access' || !same(toRun.argv, action.argv)) return true;
  if (toRun.kind === 'argv') return false;
  const { host, user, program, cwd } = action;
  const found = { host: toRun.host, user: toRun.user, program: toRun.program, cwd: toRun.cwd };
  if (action.executor === undefined && !same({ host, user, program, cwd }, found)) return true;
  const stdin =
    typeof action.stdin === 'object'
      ? { sha256: action.stdin.sha256, size: action.stdin.size }
      : (action.stdin ?? 'none');
  if (!same(stdin, toRun.stdin) || (toRun.lacking ?? []).length > 0) return true;
  return (action.pins ?? []).some(({ path, sha256, size }) => !same({ sha256, size }, toRun.pins.get(path)));
}

/** Section 7, the table of refusals: every reason that applies, in its order. None: authorised. */
export function refusals(page: Page, id: string, runner: Runner, toRun: ToRun, now: number): string[] {
  const asked = requestOf(page, id);
  const found: string[] = [];
  const look = (reason: string, applies: boolean): void => {
    if (applies) found.push(reason);
  };
  look('unknown-request', asked === null);
  look('unendorsed', !isEndorsed(page));
  if (asked === null) return found;

  const { event, material } = asked.fact;
  const { id: base, policy } = head(page);
  const closed = closedAs(page, asked);
  const isChange = event.action.kind === 'policy';
  const lists = (handle: string, key: string): boolean =>
    keysFor(policy, handle).some((each) => each.material === key && isFit(each, now));

  look('void', voidReason(page, asked) !== null);
  for (const word of ['denied', 'withdrawn', 'revoked', 'applied']) look(word, closed === word);
  look(
    'halted',
    !isChange && haltsIn(page).some((who) => who === null || who === event.actor || who === runner.handle),
  );
  look('requester-left', !isMember(policy, event.actor) || !lists(event.actor, material));
  look(
    'no-longer-allowed',
    'duration' in event
      ? againstRule(policy, event, true) !== null
      : closed !== 'applied' && event.action.base !== base,
  );
  const { uses } = limitsOf(page, asked);
  look('used', uses !== null && spentOf(page, asked) >= uses);
  const window = windowOf(page, asked);
  const quorate = isQuorate(page, asked, now);
  look('expired', (window !== null && now >= window.end) || (!quorate && now >= seconds(event.approveBy)));
  look('pending', !quorate);
  look('too-early', 'notBefore' in event && now < seconds(event.notBefore));
  const named = event.action.kind === 'command' ? (event.action.executor ?? event.actor) : event.actor;
  look(
    'wrong-runner',
    runner.handle !== named || (runner.material !== null && !lists(named, runner.material)),
  );
  look('mismatch', differs(event.action, toRun));
  return found;
}

const STATES: Readonly<Record<string, string>> = {
  'requester-left': 'void',
  'no-longer-allowed': 'void',
  'too-early': 'scheduled',
  'wrong-runner': 'void',
  mismatch: 'void',
  'unknown-request': 'void',
  unendorsed: 'void',
};

/** Section 7, States, for people. */
export function stateName(page: Page, id: string, now: number): string {
  const action = requestOf(page, id)?.fact.event;
  if (action === undefined) return 'void';
  const executor = action.action.kind === 'command' ? action.action.executor : undefined;
  const natural = { handle: executor ?? action.actor, material: null };
  const [first] = refusals(page, id, natural, { kind: 'as-approved', host: null }, now);
  return first === undefined ? 'approved' : (STATES[first] ?? first);
}
