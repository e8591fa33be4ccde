import type * as yamlModule from 'yaml';
import type { Document, LineCounter } from 'yaml';

/** Field names and indices from the root of a policy to a place in it. */
export type Path = readonly (string | number)[];

/** A place in a file, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The module, loaded late. */
export type Yaml = typeof yamlModule;

/** The place of a character. */
export function placeAt(counter: LineCounter, offset: number): Place {
  const { line, col } = counter.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

interface Child {
  readonly node: unknown;
  /** Where the name of it stands; null in a list. */
  readonly name: number | null;
}

/**
 * Where the field at `path` stands in a document: a scalar where it begins; what has parts, and what is empty, at its name; of
 * what is not there, what would hold it.
 */
export function placeIn(yaml: Yaml, document: Document, counter: LineCounter, path: Path): Place {
  const { isNode, isScalar, isMap, isSeq } = yaml;
  const start = (node: unknown): number | null => (isNode(node) ? (node.range?.[0] ?? null) : null);
  const child = (node: unknown, part: string | number): Child | null => {
    if (typeof part === 'number')
      return isSeq(node) && part < node.items.length ? { node: node.items[part], name: null } : null;
    if (!isMap(node)) return null;
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
    return pair === undefined ? null : { node: pair.value, name: start(pair.key) };
  };
  // A scalar that somebody typed: an empty one stands nowhere.
  const typed = (node: unknown): boolean => isScalar(node) && node.source !== undefined && node.source !== '';
  let node: unknown = document.contents;
  let offset = start(node) ?? 0;
  for (const part of path) {
    const next = child(node, part);
    if (next === null) break;
    node = next.node;
    offset = (typed(node) ? start(node) : next.name) ?? start(node) ?? offset;
  }
  return placeAt(counter, offset);
}
