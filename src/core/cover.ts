import { matches, piecesOf } from './patterns.js';
import type { Match } from './policy-document.js';

/** The patterns of one command rule. */
type Patterns = readonly string[];

/** The first character to try where one is wanted that a pattern does not hold: a private one, which nobody types. */
const FRESH = '\ue000';

/** Characters of patterns that an analysis may still read; used up in place. Without one there is no bound. */
export interface Work {
  characters: number;
}

/** Whether `work` allows to compare these two, and takes it off. */
function spend(work: Work | undefined, a: string, b: string): boolean {
  if (work === undefined) return true;
  if (work.characters < 0) return false;
  // A text that holds the first fresh character makes the search for another one long.
  const dear = a.includes(FRESH) || b.includes(FRESH) ? 32 : 1;
  work.characters -= (16 + a.length + b.length) * dear;
  return work.characters >= 0;
}

/** A character that stands in neither text. There are more of them than fit into a policy. */
function freshIn(a: string, b: string): string {
  if (!a.includes(FRESH) && !b.includes(FRESH)) return FRESH;
  const used = new Set([...Array.from(a), ...Array.from(b)]);
  for (let point = 0xe001; point <= 0x10ffff; point++) {
    const found = String.fromCodePoint(point);
    if (!used.has(found)) return found;
  }
  return '';
}

/** Whether a pattern is itself: by far the most are. */
function isPlain(pattern: string): boolean {
  return !pattern.includes('*') && !pattern.includes('\\');
}

/**
 * Whether pattern `a` matches every text that pattern `b` matches. Exact: `a` does so where it matches the one text of `b` in which
 * each star stands for a character that neither holds. That text is one of `b`'s; and in it only a star of `a` can take that
 * character, so that it takes whatever else `b`'s star stands for. What is invalid matches nothing. Section 6.
 */
export function covers(a: string, b: string): boolean {
  if (isPlain(a) && isPlain(b)) return a === b;
  const pieces = piecesOf(b);
  if (pieces === null) return true;
  if (pieces.length === 1) return matches(a, pieces[0] ?? '');
  // Without a star `a` matches one text alone.
  return a.includes('*') && matches(a, pieces.join(freshIn(a, b)));
}

/** As `covers`; no where `work` is used up. */
export function coversWithin(work: Work | undefined, a: string, b: string): boolean {
  return spend(work, a, b) && covers(a, b);
}

/** Whether some text matches both patterns. Exact: where both have a star, what lies between them never excludes anything. */
export function overlap(a: string, b: string): boolean {
  if (isPlain(a) && isPlain(b)) return a === b;
  const [left, right] = [piecesOf(a), piecesOf(b)];
  if (left === null || right === null) return false;
  if (left.length === 1) return matches(b, left[0] ?? '');
  if (right.length === 1) return matches(a, right[0] ?? '');
  const [startA, startB] = [left[0] ?? '', right[0] ?? ''];
  const [endA, endB] = [left.at(-1) ?? '', right.at(-1) ?? ''];
  return (
    (startA.startsWith(startB) || startB.startsWith(startA)) && (endA.endsWith(endB) || endB.endsWith(endA))
  );
}

interface Shape {
  /** One for each argument; where the last was `**`, any number may follow. */
  readonly fixed: Patterns;
  readonly open: boolean;
}

const shapes = new WeakMap<Patterns, Shape>();

function shapeOf(patterns: Patterns): Shape {
  const known = shapes.get(patterns);
  if (known !== undefined) return known;
  const shape = shapeFor(patterns);
  shapes.set(patterns, shape);
  return shape;
}

function shapeFor(patterns: Patterns): Shape {
  const open = patterns.at(-1) === '**';
  // A command has at least one argument.
  if (open && patterns.length === 1) return { fixed: ['*'], open };
  return { fixed: open ? patterns.slice(0, -1) : patterns, open };
}

/** Whether that pattern, standing first, is matched against `program` where there is one. Section 6. */
function byProgram(pattern: string): boolean {
  return pattern.startsWith('/');
}

function coversFirst(a: string, b: string): boolean {
  // `program` and `argv[0]` are two texts: only what matches everything matches the other one for certain.
  return byProgram(a) === byProgram(b) ? covers(a, b) : !byProgram(a) && covers(a, '*');
}

function coversCommand(a: Patterns, b: Patterns, work: Work | undefined): boolean {
  if (b.length === 0) return true;
  if (a.length === 0) return false;
  const [outer, inner] = [shapeOf(a), shapeOf(b)];
  if (outer.open ? outer.fixed.length > inner.fixed.length : inner.open) return false;
  if (!outer.open && outer.fixed.length !== inner.fixed.length) return false;
  return outer.fixed.every((pattern, i) => {
    const other = inner.fixed[i] ?? '*';
    if (!spend(work, pattern, other)) return false;
    return i === 0 ? coversFirst(pattern, other) : covers(pattern, other);
  });
}

/**
 * The pattern of the last part of what `pattern` matches, `psql` of `/usr/*` + `/psql`; wider than it where a star may stand for a `/`.
 */
function lastPart(pattern: string): string {
  const part = pattern.slice(pattern.lastIndexOf('/') + 1);
  const pieces = piecesOf(part);
  if (pieces === null) return '*';
  if (pieces.length === 1) return part;
  return `*${(pieces.at(-1) ?? '').replace(/[\\*]/g, '\\$&')}`;
}

/** Whether the first patterns of two commands may stand for a program of the same name, in whatever folder. Yes where unsure. */
export function sameProgram(a: string, b: string): boolean {
  return overlap(lastPart(a), lastPart(b));
}

function commandsOverlap(a: Patterns, b: Patterns, work: Work | undefined): boolean {
  if (a.length === 0 || b.length === 0) return false;
  if (work !== undefined && work.characters < 0) return true;
  const [left, right] = [shapeOf(a), shapeOf(b)];
  if (!left.open && left.fixed.length < right.fixed.length) return false;
  if (!right.open && right.fixed.length < left.fixed.length) return false;
  const both = Math.min(left.fixed.length, right.fixed.length);
  return left.fixed.slice(0, both).every((pattern, i) => {
    const other = right.fixed[i] ?? '*';
    if (!spend(work, pattern, other)) return true;
    if (i > 0 || byProgram(pattern) === byProgram(other)) return overlap(pattern, other);
    return sameProgram(pattern, other);
  });
}

/**
 * Whether a rule with the match `a` covers every action that one with `b` covers. Section 6. A yes is certain; a no may be for
 * want of certainty where one first pattern begins with `/` and the other does not, and where `work` is used up.
 */
export function coversMatch(a: Match, b: Match, work?: Work): boolean {
  if ('any' in a) return true;
  if ('any' in b) return false;
  if ('access' in a) return 'access' in b && coversWithin(work, a.access, b.access);
  return 'command' in b && coversCommand(a.command, b.command, work);
}

/** Whether both cover some action. A no is certain; a yes may be for want of certainty, as in `coversMatch`. */
export function matchesOverlap(a: Match, b: Match, work?: Work): boolean {
  if ('any' in a) return !('command' in b) || b.command.length > 0;
  if ('any' in b) return !('command' in a) || a.command.length > 0;
  if ('access' in a)
    return 'access' in b && (!spend(work, a.access, b.access) || overlap(a.access, b.access));
  return 'command' in b && commandsOverlap(a.command, b.command, work);
}
