import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addPerson,
  hasPerson,
  isFull,
  noPeople,
  seatPeople,
  spared,
  type PeopleSet,
  type Places,
} from '../../src/core/places.js';
import { runs } from './runs.js';

/** More than two words of people, so that every border between words is crossed. */
const SIZE = 70;

function setOf(people: readonly number[]): PeopleSet {
  const set = noPeople(SIZE);
  for (const person of people) addPerson(set, person);
  return set;
}

interface Case {
  readonly counts: readonly number[];
  readonly froms: readonly (readonly number[])[];
}

/** The plain way of Kuhn: one place after the other, each search over everyone. How many get a seat. */
function seatedPlainly({ counts, froms }: Case, crowd: ReadonlySet<number>): number {
  const single = counts.flatMap((count, i) => Array.from({ length: count }, () => froms[i] ?? []));
  const placeOf = new Map<number, number>();
  const search = (place: number, seen: Set<number>): boolean => {
    for (const person of single[place] ?? []) {
      if (!crowd.has(person) || seen.has(person)) continue;
      seen.add(person);
      const other = placeOf.get(person);
      if (other !== undefined && !search(other, seen)) continue;
      placeOf.set(person, place);
      return true;
    }
    return false;
  };
  return single.filter((_, place) => search(place, new Set())).length;
}

const person = fc.integer({ min: 0, max: SIZE - 1 });
const few = fc.uniqueArray(person, { maxLength: 4 });
const many = fc.uniqueArray(person, { maxLength: SIZE });
const kinds: fc.Arbitrary<Case> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.oneof({ weight: 3, arbitrary: few }, many)), {
    minLength: 1,
    maxLength: 20,
  })
  .map((pairs) => ({ counts: pairs.map(([count]) => count), froms: pairs.map(([, from]) => from) }));

const placesOf = ({ counts, froms }: Case): Places[] =>
  counts.map((count, i) => ({ count, from: setOf(froms[i] ?? []) }));
const everyone = new Set(Array.from({ length: SIZE }, (_, i) => i));

function seatedIn(seatOf: Int32Array): number {
  return seatOf.filter((seat) => seat !== -1).length;
}

describe('§6 an assignment in which nobody fills two places', () => {
  it('§6 as many are seated as the plain way seats, each where they may sit', () => {
    fc.assert(
      fc.property(kinds, many, (given, crowd) => {
        const places = placesOf(given);
        const { seatOf, taken } = seatPeople(places, SIZE, setOf(crowd));
        const counted = new Int32Array(places.length);
        seatOf.forEach((seat, i) => {
          if (seat === -1) return;
          expect(crowd.includes(i)).toBe(true);
          expect(given.froms[seat]?.includes(i)).toBe(true);
          counted[seat] = (counted[seat] ?? 0) + 1;
        });
        expect([...taken]).toEqual([...counted]);
        for (const [i, { count }] of places.entries()) expect(taken[i]).toBeLessThanOrEqual(count);
        expect(seatedIn(seatOf)).toBe(seatedPlainly(given, new Set(crowd)));
      }),
      runs(1500),
    );
  });

  it('§6 more people keep everyone seated, and seat as many as can be', () => {
    fc.assert(
      fc.property(kinds, many, (given, crowd) => {
        const places = placesOf(given);
        const before = seatPeople(places, SIZE, setOf(crowd));
        const after = seatPeople(places, SIZE, setOf([...everyone]), before);
        before.seatOf.forEach((seat, i) => {
          if (seat !== -1) expect(after.seatOf[i]).not.toBe(-1);
        });
        expect(seatedIn(after.seatOf)).toBe(seatedPlainly(given, everyone));
      }),
      runs(500),
    );
  });

  it('§6 spared are exactly those without whom the others still fill every place', () => {
    fc.assert(
      fc.property(kinds, (given) => {
        const places = placesOf(given);
        const seating = seatPeople(places, SIZE, setOf([...everyone]));
        fc.pre(isFull(places, seating));
        const total = given.counts.reduce((sum, count) => sum + count, 0);
        const set = spared(places, seating);
        for (const one of everyone) {
          const others = new Set([...everyone].filter((other) => other !== one));
          expect(hasPerson(set, one)).toBe(seatedPlainly(given, others) === total);
        }
      }),
      runs(60),
    );
  });
});
