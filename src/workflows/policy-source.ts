import type { Document, LineCounter } from 'yaml';
import { parseDuration } from '../core/time.js';
import { placeAt, placeIn, type Path, type Place, type Yaml } from './policy-places.js';

/** A policy as people write it: the fields of section 6, of which each may be left out. Records have no prototype. */
export type Written = Readonly<Record<string, unknown>>;

/** Why a text is no such document at all. */
export interface Fault extends Place {
  readonly message: string;
  readonly mend: string;
}

/** A policy file, read and not yet judged. */
export interface Source {
  /** Durations in seconds, `protocol` 1 unless given. null: there are faults. */
  readonly written: Written | null;
  readonly faults: readonly Fault[];
  /** The policy that it was made from, as a comment at its top says (`# policy ID`). null: it does not say. */
  readonly base: string | null;
  /** Where a field stands; of one that is not there, what would hold it. */
  place(path: Path): Place;
}

/** In characters. More is no policy: a commit holds 1 MiB. */
const LARGEST = 4 * 1024 * 1024;
const START: Place = { line: 1, column: 1 };

/** Fields of a rule that may be typed as durations. */
const DURATIONS = ['maxDuration', 'maxPending'] as const;

const YAML_MEND =
  'Mend the YAML: indents are spaces, and a text that holds `: ` or ` #`, or begins with * & ! % @ or a quote, stands in quotes.';

/** Reads a policy file: YAML or JSON, durations typed as `8h` or in seconds. yaml is loaded when this is called. Throws nothing. */
export async function readSource(text: string): Promise<Source> {
  if (text.length > LARGEST)
    return broken({
      ...START,
      message: 'it is too large for a policy',
      mend: 'A policy fits into 1 MiB: take some of it away.',
    });
  const yaml = await import('yaml');
  const counter = new yaml.LineCounter();
  try {
    const document = yaml.parseDocument(text, {
      schema: 'core',
      uniqueKeys: true,
      prettyErrors: false,
      logLevel: 'error',
      lineCounter: counter,
    });
    const faults = faultsOf(yaml, document, counter);
    if (faults.length > 0) return broken(...faults);
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    if (!isRecord(value))
      return broken({
        ...START,
        message: 'this holds no policy: its top level must have fields',
        mend: 'Begin with what `mpa policy show` prints.',
      });
    const place = (path: Path): Place => placeIn(yaml, document, counter, path);
    return { written: completed(value), faults: [], base: baseOf(text), place };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return broken({
      ...START,
      message: 'this is nested too deeply for a policy',
      mend: 'Begin with what `mpa policy show` prints.',
    });
  }
}

function broken(...faults: Fault[]): Source {
  return { written: null, faults, base: null, place: () => START };
}

function faultsOf(yaml: Yaml, document: Document.Parsed, counter: LineCounter): Fault[] {
  const faults: Fault[] = [...document.errors, ...document.warnings].map(({ pos: [offset], message }) => ({
    ...placeAt(counter, offset),
    message: `this is not the YAML of a policy: ${message.trim().replaceAll(/\s+/g, ' ')}`,
    mend: YAML_MEND,
  }));
  if (faults.length > 0) return faults;
  yaml.visit(document, {
    // A small file could otherwise stand for a huge one.
    Alias: (_, { range, source }) => {
      faults.push({
        ...placeAt(counter, range?.[0] ?? 0),
        message: `*${source} is an alias, and a policy takes none`,
        mend: 'Write the part out; a pattern that begins with * stands in quotes.',
      });
    },
    Pair: (_, { key }) => {
      if (yaml.isScalar(key) || yaml.isAlias(key)) return;
      faults.push({
        ...placeAt(counter, yaml.isNode(key) ? (key.range?.[0] ?? 0) : 0),
        message: 'the name of a field is one word, and this is none',
        mend: YAML_MEND,
      });
    },
  });
  return faults;
}

/** `# policy ID` among the comments that a file begins with: what `mpa policy show` writes. null: none. */
export function baseOf(text: string): string | null {
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    if (!line.startsWith('#')) return null;
    const id = /^#\s*policy ([0-9a-f]{64})\b/.exec(line)?.[1];
    if (id !== undefined) return id;
  }
  return null;
}

function completed(value: Readonly<Record<string, unknown>>): Written {
  const written = bare(value);
  return {
    ...bare({ protocol: 1 }),
    ...written,
    ...(written['rules'] === undefined ? {} : { rules: inSeconds(written['rules']) }),
  };
}

function inSeconds(rules: unknown): unknown {
  if (!Array.isArray(rules)) return rules;
  return rules.map((rule: unknown) => {
    if (!isRecord(rule)) return rule;
    const copy = bare(rule);
    for (const field of DURATIONS) {
      const typed = copy[field];
      // What is no duration stays as it is, and the schema says where.
      if (typeof typed === 'string') copy[field] = parseDuration(typed) ?? typed;
    }
    return copy;
  });
}

/** Whether a value is an object with fields, not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy without a prototype: a field called `constructor` is there only if it was written. */
export function bare(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, item] of Object.entries(value)) copy[name] = item;
  return copy;
}
