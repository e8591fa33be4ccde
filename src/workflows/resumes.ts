import type { Halt, LedgerState, RequestRecord } from '../core/state.js';

/** What a request is for, as people call it: `resume` for the policy in force proposed once more, word for word. */
export type RequestKind = 'command' | 'access' | 'policy' | 'resume' | 'genesis';

/** Whether two values of canonical JSON are the same; ends at the first difference, since policies can be megabytes. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]))
    );
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && same(Reflect.get(a, name), Reflect.get(b, name)))
  );
}

/** What a request is for. The record itself is looked at, since an event does not say that it repeats a policy. */
export function kindOf(state: LedgerState, { event: { action } }: Pick<RequestRecord, 'event'>): RequestKind {
  if (action.kind !== 'policy') return action.kind;
  const base = state.policies.get(action.base);
  return base !== undefined && same(base.policy, action.policy) ? 'resume' : 'policy';
}

/** The halts that a policy request would lift by taking effect, and those that came after it and stay. Section 7, counting 6. */
export function haltsBeside(
  { halts }: LedgerState,
  { event, position }: RequestRecord,
): { readonly lifts: readonly Halt[]; readonly stays: readonly Halt[] } {
  if (event.action.kind !== 'policy') return { lifts: [], stays: [] };
  return {
    lifts: halts.filter((halt) => halt.position < position),
    stays: halts.filter((halt) => halt.position > position),
  };
}
