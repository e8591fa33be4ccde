import { MpaError } from '../core/errors.js';
import type { LedgerState, RequestRecord } from '../core/state.js';

const SHORTEST = 7;
/** Candidates that an `ambiguous-id` names; the rest is counted. */
const SHOWN = 10;

/** Whether the text is an id as events refer to one another: 64 lower-case hex digits. Section 4. */
export function isFullId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** The 12 digits by which people are shown an id. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

/**
 * The one id among `ids` that a person means by `text`: itself, or a unique prefix of at least 7 digits (section 4).
 * A full id is handed back as it is, whether or not it is among `ids`: the caller says `unknown-request`.
 * Errors: `usage` (no id at all), `unknown-id`, `ambiguous-id`, which lists the candidates.
 */
export function findId(text: string, ids: Iterable<string>): string {
  const wanted = text.toLowerCase();
  if (!/^[0-9a-f]{1,64}$/.test(wanted)) {
    throw new MpaError('usage', `\`${text}\` is not an id: an id has hexadecimal digits only, at most 64.`, {
      hint: '`mpa list --all` shows the ids.',
    });
  }
  if (wanted.length < SHORTEST) {
    throw new MpaError('usage', `\`${text}\` is too short for an id.`, {
      hint: `Type at least ${SHORTEST} digits of it.`,
    });
  }
  if (isFullId(wanted)) return wanted;
  const found = [...ids].filter((id) => id.startsWith(wanted)).sort();
  const [only, ...others] = found;
  if (only === undefined) {
    throw new MpaError('unknown-id', `No id begins with ${wanted}.`, {
      hint: '`mpa list --all` shows the ids; `mpa sync` fetches what is new.',
    });
  }
  if (others.length > 0) throw ambiguous(wanted, found);
  return only;
}

function ambiguous(wanted: string, found: readonly string[]): MpaError {
  const shown = found.slice(0, SHOWN).join(', ');
  const rest = found.length > SHOWN ? `, and ${found.length - SHOWN} more` : '';
  return new MpaError('ambiguous-id', `${found.length} ids begin with ${wanted}: ${shown}${rest}.`, {
    hint: 'Type more digits of the one that you mean.',
  });
}

/** The error for a full id that no authentic request has. Section 7, first row of the refusals. */
export function unknownRequest(id: string): MpaError {
  return new MpaError('unknown-request', `No authentic request has the id ${id}.`, {
    hint: '`mpa list --all` shows the requests; `mpa sync` fetches what is new.',
  });
}

/** The request that a person means. Errors: as findId; `unknown-request` for a full id that nobody wrote. */
export function findRequest(state: LedgerState, text: string): RequestRecord {
  const id = findId(text, state.requests.keys(text.toLowerCase()));
  const record = state.requests.get(id);
  if (record === undefined) throw unknownRequest(id);
  return record;
}

/** What an id stands for where the genesis may be meant too: `approve`, `show`, `withdraw`. */
export type Target =
  { readonly kind: 'genesis' } | { readonly kind: 'request'; readonly record: RequestRecord };

function* targets(state: LedgerState, prefix: string): IterableIterator<string> {
  yield state.anchor;
  yield* state.requests.keys(prefix);
}

/** As findRequest, over the requests and the anchor. */
export function findTarget(state: LedgerState, text: string): Target {
  const id = findId(text, targets(state, text.toLowerCase()));
  if (id === state.anchor) return { kind: 'genesis' };
  const record = state.requests.get(id);
  if (record === undefined) throw unknownRequest(id);
  return { kind: 'request', record };
}
