import { describe, expect, it } from 'vitest';
import { Book, type Old } from '../../src/core/book.js';
import {
  byPerson,
  forSame,
  labelsOf,
  onHost,
  Requests,
  withFile,
  type OldRequests,
} from '../../src/core/requests.js';
import type { RequestRecord } from '../../src/core/state.js';
import { COMMAND, policy, Scene, type Asking } from './support/scene.js';

function oldOf<T>(entries: readonly (readonly [string, T])[]): Old<T> {
  const all = new Map(entries);
  return {
    get: (id) => all.get(id),
    ids: (prefix) => [...all.keys()].filter((id) => id.startsWith(prefix)),
  };
}

/** What an archive answers, without files. */
function shelf(records: readonly RequestRecord[]): OldRequests {
  return {
    ...oldOf(records.map((record) => [record.id, record] as const)),
    under: (label, position) =>
      records
        .filter((record) => record.position < position && labelsOf(record).includes(label))
        .sort((a, b) => b.position - a.position),
  };
}

describe('things by id', () => {
  const book = (): Book<string> =>
    new Book(
      [['aa', 'hot a'] as const, ['ab', 'hot b'] as const],
      oldOf([
        ['ab', 'old b'],
        ['ac', 'old c'],
        ['b', 'old'],
      ]),
    );

  it('those at hand stand before those that are looked up', () => {
    const it = book();
    expect(['aa', 'ab', 'ac', 'ad'].map((id) => it.get(id))).toEqual(['hot a', 'hot b', 'old c', undefined]);
    expect(['aa', 'ac', 'ad'].map((id) => it.has(id))).toEqual([true, true, false]);
    it.set('ac', 'new c');
    expect(it.get('ac')).toBe('new c');
  });

  it('each is listed once, all or those of a beginning', () => {
    expect([...book().keys()]).toEqual(['aa', 'ab', 'ac', 'b']);
    expect([...book().keys('a')]).toEqual(['aa', 'ab', 'ac']);
    expect([...book().keys('ab')]).toEqual(['ab']);
    expect([...book().keys('ac')]).toEqual(['ac']);
    expect([...book().values()]).toEqual(['hot a', 'hot b', 'old c', 'old']);
    expect([...new Book([['a', 1] as const]).keys()]).toEqual(['a']);
    expect(new Book<number>().get('a')).toBeUndefined();
  });

  it('one that is listed and gone when it is looked up is left out', () => {
    const gone: Old<string> = { get: () => undefined, ids: () => ['x'] };
    expect([...new Book([], gone).values()]).toEqual([]);
  });

  it('a copy is carried on by itself, and looks up the same', () => {
    const one = book();
    const copy = one.copy();
    copy.set('aa', 'other');
    expect([one.get('aa'), copy.get('aa'), copy.get('ac')]).toEqual(['hot a', 'other', 'old c']);
  });
});

/** Requests of alice, oldest first, of whom bob has approved each; and what they stand in. */
function told(count: number, asking: Asking = {}): { scene: Scene; records: readonly RequestRecord[] } {
  const scene = Scene.endorsed();
  const records = Array.from({ length: count }, () => {
    const id = scene.request('alice', asking);
    scene.approve('bob', id);
    return scene.get(id);
  });
  return { scene, records };
}

describe('the lists in which a request stands', () => {
  const labels = (asking: Asking, who = 'alice'): readonly string[] => {
    const scene = Scene.endorsed(policy({ executors: ['runner'] }));
    const id = scene.request(who, asking);
    return labelsOf(scene.get(id));
  };
  const same = (asking: Asking, who = 'alice'): string | undefined => labels(asking, who)[1];
  const access = (resource: string): Asking => ({ action: { kind: 'access', resource } });

  it('a person’s command: who asked, for what, and where', () => {
    const event = { actor: 'alice', action: COMMAND };
    expect(labels({})).toEqual([byPerson('alice'), forSame(event), onHost('alice', 'prod-1')]);
    expect(labels({})).toEqual([
      'by alice',
      expect.stringMatching(/^by alice for [0-9a-f]{64}$/),
      'by alice on prod-1',
    ]);
  });

  it('an executor’s: not where; access: neither; a policy: who asked alone', () => {
    expect(labels({ action: { kind: 'command', argv: ['x'], executor: 'runner' } })).toHaveLength(2);
    expect(labels(access('ssh/x'))).toHaveLength(2);
    const scene = Scene.endorsed();
    expect(labelsOf(scene.get(scene.propose('bob', policy())))).toEqual(['by bob']);
  });

  it('the same words are the same list, for one person', () => {
    expect(same({})).toBe(same({ action: { ...COMMAND, host: 'prod-2', cwd: '/', user: 'root' } }));
    expect(same({})).not.toBe(same({}, 'bob'));
    expect(same({})).not.toBe(same({ action: { ...COMMAND, argv: ['psql', '-f rotate.sql'] } }));
    expect(same(access('ssh/x'))).toBe(same(access('ssh/x')));
    expect(same(access('ssh/x'))).not.toBe(same(access('ssh/y')));
  });

  it('files that it carried, once it has its quorum', () => {
    const pin = (path: string, attached: boolean) => ({ path, sha256: 'a'.repeat(64), size: 1, attached });
    const action = { ...COMMAND, pins: [pin('/a', true), pin('/b', false), pin('/c', true)] };
    const scene = Scene.endorsed();
    const id = scene.request('alice', { action });
    expect(labelsOf(scene.get(id))).toHaveLength(3);
    scene.approve('bob', id);
    expect(labelsOf(scene.get(id)).slice(3)).toEqual([withFile('/a'), withFile('/c')]);
    expect(withFile('/a')).toBe('with /a');
  });
});

describe('§7 counting 2: what a later policy does not list has lapsed, at hand or not', () => {
  const { records } = told(1);
  const [given] = records;
  if (given === undefined) throw new Error('one request');
  const at = given.approvals[0]?.position ?? 0;
  const lapses = (record: RequestRecord, delisted: readonly (readonly [string, number])[]): boolean[] => {
    const found = new Requests([], shelf([record]), delisted).get(record.id);
    const hot = new Requests([[record.id, record]]);
    for (const [material, position] of delisted) hot.lapse([material], position);
    expect(hot.get(record.id)).toEqual(found);
    return found?.approvals.map(({ lapsed }) => lapsed) ?? [];
  };

  it('where it took effect after the approval, and for that key', () => {
    expect(lapses(given, [['bob', at + 1]])).toEqual([true]);
    expect(lapses(given, [['bob', at]])).toEqual([false]);
    expect(lapses(given, [['carol', at + 1]])).toEqual([false]);
    expect(lapses(given, [])).toEqual([false]);
  });

  it('not where the request was void or closed by then; one that has lapsed has for good', () => {
    const reason = { reason: 'late', detail: '' } as const;
    expect(lapses({ ...given, void: reason }, [['bob', at + 1]])).toEqual([false]);
    const closed = { id: 'c', as: 'denied', actor: 'bob', at: 0, position: at, reason: '' } as const;
    expect(lapses({ ...given, closed }, [['bob', at + 1]])).toEqual([false]);
    const approvals = given.approvals.map((each) => ({ ...each, lapsed: true }));
    expect(lapses({ ...given, approvals }, [['bob', at]])).toEqual([true]);
    const both = [...given.approvals, ...given.approvals.map((each) => ({ ...each, material: 'carol' }))];
    expect(lapses({ ...given, approvals: both }, [['carol', at + 1]])).toEqual([false, true]);
  });

  it('what does not lapse is the very record', () => {
    const requests = new Requests([[given.id, given]], shelf([{ ...given, id: 'other' }]));
    requests.lapse(['carol'], at + 1);
    expect(requests.get(given.id)).toBe(given);
    expect([...requests.delisted]).toEqual([['carol', at + 1]]);
    expect(requests.get('nobody knows')).toBeUndefined();
  });
});

describe('requests that are looked up', () => {
  const { records } = told(6);
  const ids = (found: Iterable<RequestRecord>): string[] => [...found].map(({ id }) => id);
  /** Some at hand, some not, and one of them both: as it is at hand now. */
  const mixed = (): Requests => {
    const [a, b, c, d, e, f] = records;
    if (!a || !b || !c || !d || !e || !f) throw new Error('six requests');
    const hot = [f, b, d].map((record) => [record.id, record] as const);
    return new Requests(hot, shelf([a, c, e, { ...d, spent: 9 }]), [['bob', 1000]]);
  };
  const newest = records.map(({ id }) => id).reverse();

  it('under a label: the newest first, wherever they are, each once and as it is by now', () => {
    const found = [...mixed().under(byPerson('alice'))];
    expect(ids(found)).toEqual(newest);
    expect(found.map(({ spent }) => spent)).not.toContain(9);
    const lapsed = found.filter(({ approvals }) => approvals.every((each) => each.lapsed));
    expect(ids(lapsed)).toEqual([newest[1], newest[3], newest[5]]);
    expect(ids(mixed().under(byPerson('bob')))).toEqual([]);
    expect(ids(new Requests(mixed().hot).under(byPerson('alice')))).toEqual([
      newest[0],
      newest[2],
      newest[4],
    ]);
  });

  it('under a label before a position: without the one there', () => {
    const at = records[3]?.position ?? 0;
    expect(ids(mixed().under(byPerson('alice'), at))).toEqual(newest.slice(3));
    expect(ids(mixed().under(byPerson('alice'), at + 1))).toEqual(newest.slice(2));
  });

  it('all of them stand in the order of the chain', () => {
    expect(ids(mixed().all())).toEqual([...newest].reverse());
  });

  it('a copy is carried on by itself', () => {
    const one = mixed();
    const copy = one.copy();
    copy.lapse(['carol'], 2000);
    expect([one.delisted.size, copy.delisted.size, copy.all().length]).toEqual([1, 2, 6]);
    expect(copy.old).toBe(one.old);
  });
});
