import { MpaError } from '../core/errors.js';
import type { PolicyProblem } from '../core/policy.js';
import type { Policy } from '../core/policy-document.js';
import type { CertificateReader } from '../core/ports.js';
import { parsePolicy } from '../core/schema.js';
import { problemsOf, readKeys } from './policy-problems.js';
import { readSource, type Written } from './policy-source.js';

export { bare, isRecord, type Written } from './policy-source.js';

/**
 * Reads a policy file: YAML or JSON, durations typed as `8h` or in seconds, `protocol` 1 unless given. The fields are not judged here but
 * by `judged`. `file` is for messages. Errors: `invalid-policy` where it is no such document, with each fault at its place.
 */
export async function readPolicyFile(text: string, file: string): Promise<Written> {
  const { written, faults } = await readSource(text);
  if (written !== null) return written;
  const lines = faults.map(
    ({ line, column, message, mend }) => `${file}:${line}:${column}: ${message}. ${mend}`,
  );
  throw new MpaError('invalid-policy', [`${file} cannot be read as a policy:`, ...lines].join('\n'));
}

/**
 * The policy that a document is, once it has the form of section 6, is valid, and its tests pass. Reads its certificates.
 * Errors: `invalid-policy`, with each problem and where it is.
 */
export async function judged(written: Written, certificates: CertificateReader): Promise<Policy> {
  const parsed = parsePolicy(written);
  if (!parsed.ok) throw invalidPolicy(parsed.problems);
  const { policy } = parsed;
  await readKeys(policy, certificates);
  const problems = problemsOf(policy, certificates, null);
  if (problems.length > 0) throw invalidPolicy(problems);
  return policy;
}

/** One error for all that is wrong with a policy, a line each. */
export function invalidPolicy(problems: readonly PolicyProblem[]): MpaError {
  const lines = problems.map(({ path, message, mend }) => {
    const out = mend === undefined ? '' : `. ${mend}`;
    return `  ${pathText(path)}: ${message}${out}`;
  });
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
