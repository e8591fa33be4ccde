import type { AccessAction, CommandAction } from '../core/action.js';
import { inForce } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import { firstUnpinned } from '../core/pinned.js';
import { ruleFor } from '../core/rules.js';
import type { Rule } from '../core/policy-document.js';
import { quoted } from '../core/show.js';
import type { LedgerState, RequestRecord } from '../core/state.js';
import { formatTime } from '../core/time.js';
import type { Draft, EventBody, View } from '../ledger/ledger.js';
import { author } from './author.js';
import { rehearse } from './rehearse.js';
import { write } from './tidy.js';
import type { Workspace } from './workspace.js';

const HOUR = 3600;
const DAY = 86_400;

/** What a person asks for. Durations and times in seconds; what is absent takes its default. CLI.md, `mpa request`. */
export interface Ask {
  readonly action: CommandAction | AccessAction;
  readonly justification: string;
  readonly ticket?: string;
  readonly duration?: number;
  /** How long it may wait for its approvals. */
  readonly within?: number;
  readonly uses?: number;
  readonly notBefore?: number;
  /** Bytes of what the action attaches, each distinct one once. */
  readonly attachments?: readonly Uint8Array[];
}

/** The latest view and the request that stands in it. */
export interface Written {
  readonly view: View;
  readonly record: RequestRecord;
}

/** The rule of the policy in force that covers an action. Error: `no-rule`. */
function coveringRule(state: LedgerState, action: Ask['action']): Rule {
  const found = ruleFor(inForce(state).policy, action);
  if (found !== null) return found.rule;
  throw new MpaError('no-rule', 'No rule of the policy in force covers this.', {
    hint: '`mpa policy show` shows the rules.',
  });
}

/** The event's own fields at `now`: defaults are 1 h, 24 h and one use, or the rule's limit where that is less. */
export function requestBody(ask: Ask, rule: Rule, now: number): EventBody {
  const common = {
    type: 'request' as const,
    justification: ask.justification,
    approveBy: formatTime(now + (ask.within ?? Math.min(DAY, rule.maxPending))),
    duration: ask.duration ?? Math.min(HOUR, rule.maxDuration),
    ...(ask.ticket === undefined ? {} : { ticket: ask.ticket }),
    ...(ask.notBefore === undefined ? {} : { notBefore: formatTime(ask.notBefore) }),
  };
  const { action } = ask;
  if (action.kind === 'access') return { ...common, action };
  return { ...common, action, uses: ask.uses ?? Math.min(1, rule.maxUses) };
}

/** The next step where a rule wants a file to be pinned: which argument, and how. */
function pinHint(action: Ask['action'], rule: Rule): string | undefined {
  if (action.kind === 'access') return undefined;
  const index = firstUnpinned(action, rule.pins ?? []);
  if (index === null) return undefined;
  return `Argument ${index}, ${quoted(['x', action.argv[index] ?? '']).slice(2)}, must name a pinned file: --pin FILE pins one.`;
}

/** Says which rule it was that the core refused by. */
function named(error: unknown, rule: Rule, action: Ask['action']): unknown {
  if (!(error instanceof MpaError) || ['usage', 'over-limit', 'unendorsed'].includes(error.code))
    return error;
  return new MpaError(error.code, `${error.message.replace(/\.$/, '')} (rule \`${rule.name}\`).`, {
    hint:
      error.hint ??
      (error.code === 'bad-pins' ? pinHint(action, rule) : undefined) ??
      '`mpa policy show` shows the rule.',
    cause: error,
  });
}

/**
 * Writes a request. What could never be approved is refused before anything is signed, with the rule's name: the void
 * reasons of section 7. `known`: a view verified in this process, to begin with. Errors: those, `over-limit`, `usage`, and those of
 * Ledger.append.
 */
export async function request(ws: Workspace, ask: Ask, known?: View): Promise<Written> {
  const fresh = known ?? (await ws.ledger.refresh());
  const draft = (view: View, now: number): Draft => {
    const who = author(ws, view, now);
    const rule = coveringRule(view.state, ask.action);
    const body = requestBody(ask, rule, now);
    try {
      rehearse(view, who, body, now);
    } catch (error) {
      throw named(error, rule, ask.action);
    }
    return { body, ...(ask.attachments === undefined ? {} : { attachments: ask.attachments }) };
  };
  const { handle } = author(ws, fresh, ws.clock.now());
  // Once before the signer is unlocked: nobody types a passphrase for what is refused.
  draft(fresh, ws.clock.now());
  const { view, id } = await write(ws, handle, draft, fresh);
  return { view, record: recordOf(view, id) };
}

/** A record that was just written and read back. */
export function recordOf(view: View, id: string): RequestRecord {
  const record = view.state.requests.get(id);
  if (record === undefined) throw new Error(`the view lacks ${id}, which was written just now`);
  return record;
}
