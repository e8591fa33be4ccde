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

/** Whether person `i` is in `set`. */
export function hasPerson(set: PeopleSet, i: number): boolean {
  return (((set[i >>> 5] ?? 0) >>> (i & 31)) & 1) === 1;
}

/** Takes the first person that is in both sets out of `rest`, in place, and answers who it was; -1: there is none. */
function takeOne(rest: PeopleSet, set: PeopleSet): number {
  for (let word = 0; word < rest.length; word++) {
    const both = (rest[word] ?? 0) & (set[word] ?? 0);
    if (both === 0) continue;
    const lowest = both & -both;
    rest[word] = (rest[word] ?? 0) & ~lowest;
    return word * 32 + 31 - Math.clz32(lowest);
  }
  return -1;
}

function anyOfBoth(a: PeopleSet, b: PeopleSet): boolean {
  return a.some((word, i) => (word & (b[i] ?? 0)) !== 0);
}

/** A seating under way: who may still be seated, and one layering of the places. */
interface Layers {
  readonly places: readonly Places[];
  readonly seating: Seating;
  readonly free: PeopleSet;
  /** By places: how many people must move up before somebody can sit there; -1: not reached, or too far. */
  readonly level: Int32Array;
  /** By level: who sits at places of it and was not tried yet. */
  readonly movers: readonly PeopleSet[];
}

/** The layers from all places that are not full to the nearest ones that a free person fits; null: no such. */
function layersOf(places: readonly Places[], seating: Seating, free: PeopleSet): Layers | null {
  const { seatOf, taken } = seating;
  const sitting: number[][] = places.map(() => []);
  const unreached = noPeople(seatOf.length);
  seatOf.forEach((seat, person) => {
    if (seat === -1) return;
    addPerson(unreached, person);
    sitting[seat]?.push(person);
  });
  const level = new Int32Array(places.length).fill(-1);
  const queue = [...places.keys()].filter((i) => (taken[i] ?? 0) < (places[i]?.count ?? 0));
  for (const here of queue) level[here] = 0;
  const movers = [noPeople(0)];
  let last = Infinity;
  for (const here of queue) {
    const next = (level[here] ?? 0) + 1;
    const from = places[here]?.from;
    if (from === undefined || next > last) continue;
    if (anyOfBoth(free, from)) last = next;
    for (let person = takeOne(unreached, from); person !== -1; person = takeOne(unreached, from)) {
      const seat = seatOf[person] ?? -1;
      if (level[seat] !== -1) continue;
      level[seat] = next;
      movers[next] ??= noPeople(seatOf.length);
      for (const other of sitting[seat] ?? []) addPerson(movers[next], other);
      queue.push(seat);
    }
  }
  return last === Infinity ? null : { places, seating, free, level, movers };
}

/** Seats one person more at `places[here]`, along the layers: a free one, or one whose own place somebody else fills. */
function fill(layers: Layers, here: number): boolean {
  const { places, seating, free, level, movers } = layers;
  const from = places[here]?.from;
  if (from === undefined) return false;
  const found = takeOne(free, from);
  if (found !== -1) {
    seating.seatOf[found] = here;
    return true;
  }
  const candidates = movers[(level[here] ?? 0) + 1];
  if (candidates === undefined) return false;
  for (let person = takeOne(candidates, from); person !== -1; person = takeOne(candidates, from)) {
    if (!fill(layers, seating.seatOf[person] ?? -1)) continue;
    seating.seatOf[person] = here;
    return true;
  }
  return false;
}

/**
 * Seats as many people as can be, each once: a maximum matching by the layers of Hopcroft and Karp, so that the
 * rounds number at most about twice the square root of the places, whatever a policy asks. New to a seat come
 * only people of `crowd`; with `before`, whoever sat there keeps a seat, perhaps another.
 */
export function seatPeople(
  places: readonly Places[],
  size: number,
  crowd: PeopleSet,
  before?: Seating,
): Seating {
  const seatOf = before?.seatOf.slice() ?? new Int32Array(size).fill(-1);
  const seating = { seatOf, taken: before?.taken.slice() ?? new Int32Array(places.length) };
  const free = noPeople(size);
  seatOf.forEach((seat, person) => {
    if (seat === -1 && hasPerson(crowd, person)) addPerson(free, person);
  });
  for (
    let layers = layersOf(places, seating, free);
    layers !== null;
    layers = layersOf(places, seating, free)
  ) {
    for (const [i, { count }] of places.entries()) {
      while ((seating.taken[i] ?? 0) < count && fill(layers, i))
        seating.taken[i] = (seating.taken[i] ?? 0) + 1;
    }
  }
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
export function spared(places: readonly Places[], seating: Seating): PeopleSet {
  const seated: number[][] = places.map(() => []);
  const queue: number[] = [];
  seating.seatOf.forEach((seat, person) => {
    (seated[seat] ?? queue).push(person);
  });
  const set = noPeople(seating.seatOf.length);
  const rest = new Set(places.keys());
  for (const person of queue) {
    addPerson(set, person);
    for (const i of rest) {
      const from = places[i]?.from;
      if (from === undefined || !hasPerson(from, person)) continue;
      rest.delete(i);
      queue.push(...(seated[i] ?? []));
    }
  }
  return set;
}
