import * as v from 'valibot';
import { isInteger, isText } from './scalars.js';

/** A schema that takes anything and gives a `T`, whatever it is made of. */
export type Schema<T> = v.GenericSchema<unknown, T>;

type Bare = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  // Neither a list nor of a class: those have a prototype above Object's.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * A copy of the own members, without a prototype. valibot asks `key in input`, which an inherited `constructor` answers, and
 * looks members up through whatever prototype there is; on this copy both tell the truth.
 */
function bare(value: object): Bare {
  const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, item] of Object.entries(value)) copy[name] = item;
  return copy;
}

const object = v.pipe(v.custom<object>(isRecord, 'must be an object'), v.transform(bare));

/** An object with exactly these fields: an unknown one, of whatever name, is an error. Section 4. */
export function closed<const E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    object,
    v.strictObject(entries, (issue) => (issue.expected === 'never' ? 'is no field of this' : 'is missing')),
  );
}

/**
 * A record with free names, as an object without a prototype. valibot's own record drops `constructor` and `prototype` without
 * a word, so that a member of that legal name would vanish.
 */
export function record<T>(isName: (name: string) => boolean, called: string, value: Schema<T>) {
  return v.pipe(
    object,
    v.rawTransform(({ dataset, addIssue }): Readonly<Record<string, T>> => {
      const output: Record<string, T> = Object.create(null) as Record<string, T>;
      for (const [key, item] of Object.entries(dataset.value)) {
        const at = { type: 'object', origin: 'value', input: dataset.value, key, value: item } as const;
        if (!isName(key)) addIssue({ message: `is no ${called}`, path: [{ ...at, origin: 'key' }] });
        const parsed = v.safeParse(value, item);
        if (parsed.success) output[key] = parsed.output;
        else
          for (const issue of parsed.issues)
            addIssue({ message: issue.message, path: [at, ...(issue.path ?? [])] });
      }
      return output;
    }),
  );
}

const noObject = v.custom<never>(() => false, 'must be an object');

/** Picks the schema by the object's own members: `own` answers the value of one, or undefined. */
export function chosen<T>(choose: (own: (name: string) => unknown) => Schema<T>): Schema<T> {
  return v.lazy((input) => {
    if (!isRecord(input)) return noObject;
    return choose((name) => Object.getOwnPropertyDescriptor(input, name)?.value);
  });
}

/** Text of a form that a predicate knows; `form` completes "must be". */
export function text(is: (text: string) => boolean, form: string) {
  return v.custom<string>((value) => typeof value === 'string' && is(value), `must be ${form}`);
}

/** Any text of Unicode scalar values. */
export const anyText = text(isText, 'text of Unicode scalar values');

/** An integer within a range, both ends included. */
export function integer(range: readonly [number, number]) {
  return v.custom<number>(
    (value) => typeof value === 'number' && isInteger(value, range),
    `must be an integer from ${range[0]} to ${range[1]}`,
  );
}

export function list<T>(item: Schema<T>) {
  return v.array(item, 'must be a list');
}

/** Exactly this value. */
export function only<const T extends string | true>(value: T) {
  return v.literal(value, `must be ${String(value)}`);
}

export function oneOf<const T extends readonly string[]>(values: T) {
  return v.picklist(values, `must be one of ${values.join(', ')}`);
}

/** A field that may be absent, but is never `undefined` or null. */
export const maybe = v.exactOptional;
