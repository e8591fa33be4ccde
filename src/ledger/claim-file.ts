import * as v from 'valibot';
import type { Claim } from './spent.js';

const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const oid = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const digest = v.strictObject({ sha256: id, size: count });

const exit = v.union([
  v.strictObject({ code: count }),
  v.strictObject({ signal: v.string() }),
  v.strictObject({ failed: v.string() }),
]);

const finish = v.strictObject({
  exit,
  millis: count,
  stdout: v.exactOptional(digest),
  stderr: v.exactOptional(digest),
  outputs: v.exactOptional(v.array(v.strictObject({ sha256: id, size: count, path: v.string() }))),
});

const claim: v.GenericSchema<unknown, Claim> = v.strictObject({
  start: id,
  request: id,
  commit: oid,
  parent: oid,
  actor: v.string(),
  at: count,
  stage: v.picklist(['claimed', 'pushed', 'spawning', 'finished']),
  finish: v.nullable(finish),
  settled: v.nullable(v.picklist(['lost', 'recorded', 'dropped', 'interrupted'])),
});

/** A claim as its file holds it. */
export function claimText(value: Claim): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The claim in a file's text; null where it holds anything else, for the caller to refuse. */
export function parseClaim(text: string): Claim | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = v.safeParse(claim, value);
  return parsed.success ? parsed.output : null;
}
