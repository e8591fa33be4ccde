import {
  entryOf,
  namesOfBoth,
  neverSilent,
  sameText,
  weightOf,
  type Difference,
} from './compare-difference.js';
import { keyDifferences, keysText } from './compare-keys.js';
import type { Executor, Member, Policy } from './policy-document.js';
import { exact, told } from './show.js';
import type { PolicyRecord } from './state.js';
import { namesText } from './weigh-words.js';

type Party = Executor & Pick<Member, 'unix'>;
type Field = 'members' | 'executors';

const KIND = { members: 'member', executors: 'executor' } as const;

function identityText({ name, email }: Party): string {
  return `${told(name)} <${exact(email)}>`;
}

function loginsText(logins: readonly string[] | undefined): string {
  return logins === undefined ? 'none' : namesText(logins.map(exact), 'none');
}

function ringFor(record: PolicyRecord, handle: string): PolicyRecord['ring'][string] {
  return entryOf(record.ring, handle) ?? [];
}

/** Whoever had a key of this one's before, under another handle: the same person, perhaps, and a policy that is refused. */
function formerOwners(before: PolicyRecord, after: PolicyRecord, handle: string): string[] {
  const mine = new Set(ringFor(after, handle).map(({ material }) => material));
  return Object.keys(before.ring)
    .filter((other) => other !== handle && ringFor(before, other).some(({ material }) => mine.has(material)))
    .sort();
}

function joined(before: PolicyRecord, after: PolicyRecord, field: Field, handle: string, is: Party): string {
  const owners = formerOwners(before, after, handle);
  return [
    `is added: ${identityText(is)}, ${keysText(is, ringFor(after, handle))}`,
    ...(is.unix === undefined || is.unix.length === 0 ? [] : [`known on machines as ${loginsText(is.unix)}`]),
    ...(owners.length === 0 ? [] : [`a key of it was listed for ${namesText(owners)}`]),
    ...(field === 'executors' ? ['it may run what rules let it run, and neither ask nor approve'] : []),
  ].join('; ');
}

/** What changes in one member or executor who is in both. */
function stayed(
  about: string,
  before: PolicyRecord,
  after: PolicyRecord,
  handle: string,
  was: Party,
  is: Party,
): Difference[] {
  const found: Difference[] = [];
  if (was.name !== is.name) {
    found.push({ weight: 'person', about, words: `is now called ${told(is.name)}, was ${told(was.name)}` });
  }
  if (was.email !== is.email) {
    const words = `has the e-mail address ${exact(is.email)}, was ${exact(was.email)}`;
    found.push({ weight: 'person', about, words });
  }
  if (!sameText(was.unix, is.unix)) {
    const [before, after] = [new Set(was.unix), new Set(is.unix)];
    const more = [...after].some((login) => !before.has(login));
    const less = [...before].some((login) => !after.has(login));
    const words = `is known on machines as ${loginsText(is.unix)}, was ${loginsText(was.unix)}`;
    found.push({ weight: weightOf(more, less), about, words });
  }
  const had = { entry: was, ring: ringFor(before, handle) };
  const has = { entry: is, ring: ringFor(after, handle) };
  return [...found, ...keyDifferences(about, had, has)];
}

/** Members or executors who come, go or change. */
export function partyDifferences(field: Field, before: PolicyRecord, after: PolicyRecord): Difference[] {
  return namesOfBoth(before.policy[field], after.policy[field]).flatMap((handle): readonly Difference[] => {
    const about = `${KIND[field]} ${handle}`;
    const was: Party | undefined = entryOf<Party>(before.policy[field], handle);
    const is: Party | undefined = entryOf<Party>(after.policy[field], handle);
    if (is === undefined) {
      const words = was === undefined ? 'is removed' : `is removed: ${identityText(was)}`;
      return [{ weight: 'person', about, words }];
    }
    if (was === undefined) {
      return [{ weight: 'person', about, words: joined(before, after, field, handle, is) }];
    }
    return neverSilent(
      about,
      was,
      is,
      sameText(was, is) ? [] : stayed(about, before, after, handle, was, is),
    );
  });
}

/**
 * Groups that come, go or change. What their members may do by it is said where it is weighed (compare-reach.ts), so that here they
 * are `other`.
 */
export function groupDifferences(before: Policy, after: Policy): Difference[] {
  return namesOfBoth(before.groups, after.groups).flatMap((name): Difference[] => {
    const about = `group ${name}`;
    const [was, is] = [entryOf(before.groups, name), entryOf(after.groups, name)];
    if (is === undefined)
      return [{ weight: 'other', about, words: `is removed, was ${namesText(was ?? [])}` }];
    if (was === undefined) return [{ weight: 'other', about, words: `is new: ${namesText(is)}` }];
    if (sameText(was, is)) return [];
    const come = [...new Set(is)].filter((handle) => !was.includes(handle));
    const gone = [...new Set(was)].filter((handle) => !is.includes(handle));
    const words = [
      ...(come.length === 0 ? [] : [`${namesText(come)} ${come.length === 1 ? 'joins' : 'join'}`]),
      ...(gone.length === 0 ? [] : [`${namesText(gone)} ${gone.length === 1 ? 'leaves' : 'leave'}`]),
    ];
    const text = words.length === 0 ? 'the same people are listed in another way' : words.join('; ');
    return [{ weight: 'other', about, words: text }];
  });
}
