import { EVERYONE } from './clauses.js';
import { lookOf, skeletons } from './confusable.js';
import type { Remark } from './lint-remark.js';
import type { Policy } from './policy-document.js';
import { told } from './show.js';

interface Named {
  readonly name: string;
  readonly kind: string;
  readonly path: Remark['path'];
}

/** A remark for each name that people could take for one before it. */
function confused(names: readonly Named[], what: string): Remark[] {
  const seen = new Map<string, Named>();
  return names.flatMap((named): Remark[] => {
    const keys = skeletons(named.name);
    const other = keys.map((key) => seen.get(key)).find((found) => found !== undefined);
    for (const key of keys) if (!seen.has(key)) seen.set(key, named);
    if (other === undefined || other.name === named.name) return [];
    return [
      {
        level: 'refuse',
        path: named.path,
        message: `The ${named.kind} ${named.name} is easily taken for the ${other.kind} ${other.name}.`,
        mend: `Choose ${what} that nobody can mistake for another.`,
      },
    ];
  });
}

/** Handles, groups and rules that people could take for one another; members whose names look the same. */
export function nameRemarks(policy: Policy): Remark[] {
  const handles: Named[] = [
    { name: EVERYONE, kind: 'built-in group', path: [] },
    ...(
      [
        ['members', 'member'],
        ['executors', 'executor'],
        ['groups', 'group'],
      ] as const
    ).flatMap(([field, kind]) =>
      Object.keys(policy[field] ?? {}).map((name) => ({ name, kind, path: [field, name] })),
    ),
  ];
  const rules = policy.rules.map(({ name }, i) => ({ name, kind: 'rule', path: ['rules', i, 'name'] }));
  const looks = new Map<string, string>();
  const same = Object.entries(policy.members).flatMap(([handle, { name }]): Remark[] => {
    const look = lookOf(name);
    const other = looks.get(look);
    if (other === undefined) {
      looks.set(look, handle);
      return [];
    }
    return [
      {
        level: 'refuse',
        path: ['members', handle, 'name'],
        message: `The names of ${handle} and ${other} look the same: ${told(name)}.`,
        mend: 'Add to one of them what tells the two apart.',
      },
    ];
  });
  return [...confused(handles, 'a handle'), ...confused(rules, 'a name'), ...same];
}
