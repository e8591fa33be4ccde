import { crowdOf, EVERYONE, people, sparedBy } from './clauses.js';
import { couldEverSign, fitness } from './fitness.js';
import type { KeyInfo } from './keys.js';
import type { Remark } from './lint-remark.js';
import { hasPerson } from './places.js';
import type { Clause, Policy } from './policy-document.js';
import { dayText, listText, namesText } from './weigh-words.js';

type Ring = Readonly<Record<string, readonly KeyInfo[]>>;

/** Seconds before a key's end from which it is announced: 30 days. */
const SOON = 30 * 86_400;

function keysOf(ring: Ring, handle: string): readonly KeyInfo[] {
  return Object.hasOwn(ring, handle) ? (ring[handle] ?? []) : [];
}

/** The certificates among the keys of a handle: each begins with its primary. */
function certificates(keys: readonly KeyInfo[]): (readonly KeyInfo[])[] {
  const starts = keys.flatMap((key, i) => (key.primary === null ? [i] : []));
  return starts.map((start, i) => keys.slice(start, starts[i + 1]));
}

/** How many keys that are fit now somebody has: those of one certificate are lost together. */
function fitKeys(ring: Ring, handle: string, now: number): number {
  return certificates(keysOf(ring, handle)).filter((keys) => keys.some((key) => fitness(key, now).fit))
    .length;
}

/** The second from which none of these keys can sign; null: never; 0: all are revoked. */
function endOf(keys: readonly KeyInfo[]): number | null {
  let end: number | null = 0;
  for (const key of keys) {
    if (!couldEverSign(key) || key.revoked || key.primary?.revoked === true) continue;
    const mine = Math.min(key.expires ?? Infinity, key.primary?.expires ?? Infinity);
    if (mine === Infinity) return null;
    end = Math.max(end, mine);
  }
  return end;
}

/** Keys that end within 30 days, have ended, or are revoked. */
function endingRemarks(policy: Policy, ring: Ring, now: number): Remark[] {
  return (['members', 'executors'] as const).flatMap((field) =>
    Object.keys(policy[field] ?? {}).flatMap((handle) =>
      certificates(keysOf(ring, handle)).flatMap((keys, i): Remark[] => {
        const end = endOf(keys);
        if (end === null || end - now > SOON) return [];
        const others = fitKeys(ring, handle, now) - (end > now ? 1 : 0);
        const fate = end === 0 ? 'is revoked' : `${end > now ? 'expires' : 'expired'} on ${dayText(end)}`;
        const only = others > 0 ? '' : `, and ${handle} has no other that can sign`;
        const rotate = `mpa member rotate ${handle} --key FILE`;
        const mend =
          field === 'members'
            ? `${end === 0 ? '' : `Let ${handle} run: mpa key renew. `}${end === 0 ? 'Give' : 'Or give'} ${handle} a new key: ${rotate}`
            : `Give the executor ${handle} a new key in a change of the policy.`;
        const message = `The key ${keys[0]?.fingerprint ?? ''} of ${handle} ${fate}${only}.`;
        return [{ level: 'warn', path: [field, handle, 'keys', i], message, mend }];
      }),
    ),
  );
}

/** Who of the people that clauses name has no key that is fit. */
function lacking(policy: Policy, clauses: readonly Clause[], fit: ReadonlySet<string>): string {
  const names = people(
    policy,
    clauses.flatMap(({ from }) => from),
  );
  return namesText([...names].filter((handle) => !fit.has(handle)).sort());
}

/** Whether those who have a fit key could meet `clauses` for at least one of `askers` who has one. */
function possible(
  policy: Policy,
  clauses: readonly Clause[],
  askers: ReadonlySet<string>,
  fit: ReadonlySet<string>,
): boolean {
  const crowd = crowdOf(policy, fit);
  const spared = sparedBy(crowd, clauses);
  return spared !== null && crowd.handles.some((handle, i) => askers.has(handle) && hasPerson(spared, i));
}

function unmeetable(policy: Policy, fit: ReadonlySet<string>): Remark[] {
  return policy.rules.flatMap((rule, i): Remark[] => {
    const askers = people(policy, rule.requesters ?? [EVERYONE]);
    if (askers.size === 0 || possible(policy, rule.approvals, askers, fit)) return [];
    const why = `no key that is fit now have: ${lacking(policy, rule.approvals, fit)}`;
    const who = [...askers].some((handle) => fit.has(handle));
    return [
      {
        level: 'refuse',
        path: ['rules', i, 'approvals'],
        message: who
          ? `Nobody could get an approval under the rule ${rule.name} now: ${why}.`
          : `Nobody who may ask under the rule ${rule.name} has a key that is fit now.`,
        mend: 'Renew or replace their keys, or name others.',
      },
    ];
  });
}

/** Members without whom no change of the policy can ever be made any more, for want of their key. */
function needed(policy: Policy, ring: Ring, now: number, fit: ReadonlySet<string>): Remark[] {
  const handles = Object.keys(policy.members).sort();
  if (!possible(policy, policy.changes, fit, fit)) {
    return [
      {
        level: 'refuse',
        path: ['changes'],
        message: `Nobody could change this policy now: no key that is fit now have: ${lacking(policy, policy.changes, fit)}.`,
        mend: 'Renew or replace their keys before this takes effect, or let changes name others.',
      },
    ];
  }
  const crowd = crowdOf(policy, fit);
  // Whoever asks is one more: a place for anybody.
  const spared = sparedBy(crowd, [...policy.changes, { count: 1, from: [EVERYONE] }]);
  const all = crowd.handles.filter((_, i) => spared === null || !hasPerson(spared, i)).sort();
  const single = all.filter((handle) => fitKeys(ring, handle, now) < 2);
  if (single.length === 0) return [];
  const mend = 'Add a recovery key (mpa member add --recovery), a third member, or a second key for each.';
  if (all.length === handles.length) {
    const count = handles.length === 2 ? 'both' : `all ${handles.length}`;
    const message =
      `Every change of this policy takes ${count} members: if the only key of ${single.join(' or ')} is lost, ` +
      'nobody can ever change the policy again.';
    return [{ level: 'warn', path: ['changes'], message, mend }];
  }
  const lost = `if the only key of ${single.join(' or ')} is lost, nobody can ever change the policy again`;
  return [
    {
      level: 'refuse',
      path: ['changes'],
      message: `As keys stand now, no change of this policy can be made without ${listText(all)}: ${lost}.`,
      mend: 'Let changes name more people whose keys can sign, renew the others, or add second keys.',
    },
  ];
}

/** What keys that end, have ended or are few make of a policy. `now`: seconds. Sections 5.4 and 6. */
export function keyRemarks(policy: Policy, ring: Ring, now: number): Remark[] {
  const fit = new Set(Object.keys(policy.members).filter((handle) => fitKeys(ring, handle, now) > 0));
  return [...needed(policy, ring, now, fit), ...unmeetable(policy, fit), ...endingRemarks(policy, ring, now)];
}
