import { parsePolicy } from '../core/schema.js';
import { policyProblems, runTests, type PolicyProblem } from '../core/policy.js';
import { MpaError } from '../core/errors.js';
import type { Policy } from '../core/policy-document.js';
import type { CertificateReader } from '../core/ports.js';
import { parseDuration } from '../core/time.js';

/** A policy as people write it: the fields of section 6, of which each may be left out. Records have no prototype. */
export type Written = Readonly<Record<string, unknown>>;

/** Fields of a rule that may be typed as durations. */
const DURATIONS = ['maxDuration', 'maxPending'] as const;

/**
 * Reads a policy file: YAML or JSON, durations typed as `8h` or in seconds, `protocol` 1 unless given. The fields are not judged here but
 * by `judged`. `file` is for messages. Errors: `invalid-policy` where it is no such document.
 */
export async function readPolicyFile(text: string, file: string): Promise<Written> {
  const { parseDocument } = await import('yaml');
  // No aliases: a small file could otherwise stand for a huge one.
  const document = parseDocument(text, { schema: 'core', uniqueKeys: true, prettyErrors: true });
  const [problem] = document.errors;
  if (problem !== undefined)
    throw new MpaError('invalid-policy', `${file} is not YAML: ${problem.message.trim()}`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw new MpaError('invalid-policy', `${file} uses YAML aliases: write each part out.`, { cause: error });
  }
  if (!isRecord(value))
    throw new MpaError('invalid-policy', `${file} holds no policy: its top level must have fields.`);
  const written = bare(value);
  return {
    ...bare({ protocol: 1 }),
    ...written,
    ...(written.rules === undefined ? {} : { rules: inSeconds(written.rules) }),
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

/**
 * The policy that a document is, once it has the form of section 6, is valid, and its tests pass. Reads its certificates.
 * Errors: `invalid-policy`, with each problem and where it is.
 */
export async function judged(written: Written, certificates: CertificateReader): Promise<Policy> {
  const parsed = parsePolicy(written);
  if (!parsed.ok) throw invalidPolicy(parsed.problems);
  const { policy } = parsed;
  for (const { keys } of [...Object.values(policy.members), ...Object.values(policy.executors ?? {})]) {
    for (const key of keys) await certificates.read(key.public);
  }
  const problems = policyProblems(policy, (armored) => certificates.known(armored));
  if (problems.length > 0) throw invalidPolicy(problems);
  const failed = runTests(policy).map(({ index, expected, got }) => ({
    path: ['tests', index],
    message: `expects ${expected}, and the answer is ${got}`,
  }));
  if (failed.length > 0) throw invalidPolicy(failed);
  return policy;
}

/** One error for all that is wrong with a policy, a line each. */
export function invalidPolicy(problems: readonly PolicyProblem[]): MpaError {
  const lines = problems.map(({ path, message }) => `  ${pathText(path)}: ${message}`);
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new MpaError('invalid-policy', [`The policy has ${count}:`, ...lines].join('\n'), {
    hint: 'Nothing was written. Section 6 of docs/protocol.md describes a policy.',
  });
}

/** `rules[2].approvals[0].from`: how people find a place in a document. */
export function pathText(path: readonly (string | number)[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text === '' ? 'policy' : text.replace(/^\./, '');
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
