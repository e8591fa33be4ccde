/** A set of people: bit `i % 32` of word `i / 32` stands for person `i`. */
export type PeopleSet = Uint32Array;

/** So many places, each for one person out of `from`. */
export interface Places {
  readonly count: number;
  readonly from: PeopleSet;
}

/** Who sits where: for each person the index of their places, or -1; for each places how many sit there. */
export interface Seating {
  readonly seatOf: Int32Array;
  readonly taken: Int32Array;
}

/** The empty set for `size` people. */
export function noPeople(size: number): PeopleSet {
  return new Uint32Array(Math.ceil(size / 32));
}

/** Adds person `i` to `set`, in place. */
export function addPerson(set: PeopleSet, i: number): void {
  set[i >>> 5] = (set[i >>> 5] ?? 0) | (1 << (i & 31));
}

/** Adds everyone of `more` to `set`, in place. */
export function addPeople(set: PeopleSet, more: PeopleSet): void {
  for (let word = 0; word < set.length; word++) set[word] = (set[word] ?? 0) | (more[word] ?? 0);
}

function isIn(set: PeopleSet, i: number): boolean {
  return (((set[i >>> 5] ?? 0) >>> (i & 31)) & 1) === 1;
}

/** Takes the people that are in both sets out of `rest`, and answers who they were. */
function takeOut(rest: PeopleSet, set: PeopleSet): number[] {
  const taken: number[] = [];
  for (let word = 0; word < rest.length; word++) {
    let both = (rest[word] ?? 0) & (set[word] ?? 0);
    rest[word] = (rest[word] ?? 0) & ~both;
    while (both !== 0) {
      const lowest = both & -both;
      taken.push(word * 32 + 31 - Math.clz32(lowest));
      both ^= lowest;
    }
  }
  return taken;
}

/** Lengthens the seating by one person at `places[start]`, others moving up where they must; false: nobody can. */
function augment(places: readonly Places[], seating: Seating, rest: PeopleSet, start: number): boolean {
  const reachedFrom = new Int32Array(seating.seatOf.length).fill(-1);
  const mover = new Int32Array(places.length).fill(-1);
  const queue = [start];
  for (const here of queue) {
    for (const person of takeOut(rest, places[here]?.from ?? noPeople(0))) {
      reachedFrom[person] = here;
      const seat = seating.seatOf[person] ?? -1;
      if (seat === -1) {
        reseat(seating, reachedFrom, mover, person, start);
        return true;
      }
      if (seat !== start && mover[seat] === -1) {
        mover[seat] = person;
        queue.push(seat);
      }
    }
  }
  return false;
}

/** Moves each person of the path that ends at `last` to the places they were reached from. */
function reseat(
  seating: Seating,
  reachedFrom: Int32Array,
  mover: Int32Array,
  last: number,
  start: number,
): void {
  let person = last;
  for (;;) {
    const here = reachedFrom[person] ?? start;
    seating.seatOf[person] = here;
    if (here === start) break;
    person = mover[here] ?? -1;
  }
  seating.taken[start] = (seating.taken[start] ?? 0) + 1;
}

/**
 * Seats as many of the people in `crowd` as can be, each once, earlier places first: a maximum matching by
 * augmenting paths. With `before`, whoever sat there keeps a seat (perhaps another). At most one search for
 * each person, each of at most `places.length` times `size / 32` steps.
 */
export function seatPeople(
  places: readonly Places[],
  size: number,
  crowd: PeopleSet,
  before?: Seating,
): Seating {
  const seating: Seating = {
    seatOf: before?.seatOf.slice() ?? new Int32Array(size).fill(-1),
    taken: before?.taken.slice() ?? new Int32Array(places.length),
  };
  places.forEach(({ count }, start) => {
    while ((seating.taken[start] ?? 0) < count) {
      // Who sits already may move, even if they are not of the crowd that is asked now.
      const rest = crowd.slice();
      seating.seatOf.forEach((seat, person) => {
        if (seat !== -1) addPerson(rest, person);
      });
      if (!augment(places, seating, rest, start)) break;
    }
  });
  return seating;
}

/** Whether every place is filled. */
export function isFull(places: readonly Places[], seating: Seating): boolean {
  return places.every(({ count }, i) => (seating.taken[i] ?? 0) === count);
}

/**
 * The people without whom a full seating can still be had: who has no seat, and whoever one of them could
 * replace, others moving up. Everyone else fills a place in every full seating.
 */
export function spared(places: readonly Places[], seating: Seating): ReadonlySet<number> {
  const seated: number[][] = places.map(() => []);
  const queue: number[] = [];
  seating.seatOf.forEach((seat, person) => {
    (seated[seat] ?? queue).push(person);
  });
  const rest = new Set(places.keys());
  for (const person of queue) {
    for (const i of rest) {
      const from = places[i]?.from;
      if (from === undefined || !isIn(from, person)) continue;
      rest.delete(i);
      queue.push(...(seated[i] ?? []));
    }
  }
  return new Set(queue);
}
