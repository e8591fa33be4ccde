import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalText, idOf, messageOf, subjectOf } from '../../src/core/canonical.js';
import { clausesMet } from '../../src/core/clauses.js';
import { objectName, parentsOf } from '../../src/core/commit.js';
import { chainOf } from '../../src/core/chain.js';
import { decide, stateName } from '../../src/core/decide.js';
import { MpaError } from '../../src/core/errors.js';
import type { LedgerEvent } from '../../src/core/events.js';
import type { ToRun } from '../../src/core/mismatch.js';
import { matches } from '../../src/core/patterns.js';
import { policyProblems } from '../../src/core/policy.js';
import type { CommandAction } from '../../src/core/action.js';
import type { Policy } from '../../src/core/policy-document.js';
import type { StoredCommit, Walk } from '../../src/core/ports.js';
import { ruleFor } from '../../src/core/rules.js';
import { parseEvent, parseMessage, parsePolicy } from '../../src/core/schema.js';
import type { LedgerState } from '../../src/core/state.js';
import { parseTime } from '../../src/core/time.js';
import { readBranch, type Reader } from '../../src/ledger/read.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import { createSignatureChecker } from '../../src/signing/checker.js';
import type { DecisionVector, LedgerVector, Policies, Texts } from './shapes.js';

/** Replays the vectors with our own reader, as a program in any other language could. README.md says how. */
const read = (name: string): unknown => JSON.parse(readFileSync(`test/vectors/${name}.json`, 'utf8'));
const { texts, refused } = read('texts') as Texts;
const { policies, rules, quorums, patterns, certificates } = read('policies') as Policies;
const { ledgers } = read('ledgers') as { readonly ledgers: readonly LedgerVector[] };
const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');

describe('§4 canonical text', () => {
  it.each(texts)('$title', ({ event, text, id, subject }) => {
    const parsed = parseEvent(event);
    expect(parsed.ok).toBe(true);
    expect(canonicalText(event)).toBe(text);
    expect(idOf(text)).toBe(id);
    expect(subjectOf(event as LedgerEvent, id)).toBe(subject);
    expect(messageOf(event as LedgerEvent).message).toBe(`${subject}\n\n${text}`);
    expect(parseMessage(Buffer.from(`${subject}\n\n${text}`))).toMatchObject({ ok: true, id });
  });

  it.each(refused)('no reader takes $title', ({ message }) => {
    expect(parseMessage(bytes(message)).ok).toBe(false);
  });
});

describe('§6 policies', () => {
  const named = (title: string): Policy => {
    const found = parsePolicy(policies.find((policy) => policy.title === title)?.policy);
    if (!found.ok) throw new Error(title);
    return found.policy;
  };

  it.each(policies)('$title: valid $valid', async ({ policy, valid }) => {
    const parsed = parsePolicy(policy);
    expect(parsed.ok && (await problems(parsed.policy)) === 0).toBe(valid);
  });

  it.each(rules)('$title: rule $rule', ({ policy, action, rule }) => {
    expect(ruleFor(named(policy), action as CommandAction)?.rule.name ?? null).toBe(rule);
  });

  it.each(quorums)('$title: $met', ({ policy, clauses, approvers, met }) => {
    expect(clausesMet(named(policy), clauses, approvers)).toBe(met);
  });

  it.each(patterns)('$pattern covers $text: $matches', ({ pattern, text, matches: expected }) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each(certificates)(
    'certificate, $title: minimal $minimal',
    async ({ armored, minimal, fingerprints }) => {
      const reading = await createCertificateReader().read(armored);
      expect(reading.ok).toBe(minimal);
      if (reading.ok) expect(reading.certificate.keys.map((key) => key.fingerprint)).toEqual(fingerprints);
    },
  );
});

async function problems(policy: Policy): Promise<number> {
  const reader = createCertificateReader();
  const people = [...Object.values(policy.members), ...Object.values(policy.executors ?? {})];
  for (const key of people.flatMap(({ keys }) => keys)) await reader.read(key.public);
  return policyProblems(policy, (armored) => reader.known(armored)).length;
}

/** A vector's objects as a store hands them over, with a walk of its own. */
function storeOf(ledger: LedgerVector): Reader['store'] {
  const commits = new Map(ledger.commits.map(({ oid, raw }) => [oid, bytes(raw)]));
  const objects = new Map(ledger.objects.map(({ oid, raw }) => [oid, bytes(raw)]));
  const walk = (tip: string, stop: string | null): Promise<Walk> => {
    const oids: string[] = [];
    for (let at: string | undefined = tip; at !== undefined && at !== stop;) {
      const parents = parentsOf(commits.get(at) ?? new Uint8Array());
      if (parents.length > 1) {
        const fault = { kind: 'malformed', oid: at, detail: 'a merge' } as const;
        return Promise.resolve({ ok: false, fault });
      }
      oids.unshift(at);
      [at] = parents;
    }
    return Promise.resolve({ ok: true, oids, metStop: false });
  };
  async function* stored(oids: readonly string[], before: string | null): AsyncGenerator<StoredCommit> {
    let chain = before;
    for (const oid of oids) {
      const raw = commits.get(oid) ?? new Uint8Array();
      chain = chainOf(chain, raw);
      yield { oid, size: raw.length, bytes: raw, parents: parentsOf(raw), chain };
    }
  }
  return {
    format: ledger.format,
    walk,
    commits: stored,
    tree: (oid) => Promise.resolve(objects.get(oid) ?? null),
    repush: (oid) => oid,
  };
}

interface Replay {
  readonly outcomes: readonly string[];
  readonly state: LedgerState | null;
  readonly fatal: string | null;
}

async function replay(ledger: LedgerVector): Promise<Replay> {
  const outcomes: string[] = [];
  const reader = {
    store: storeOf(ledger),
    checker: createSignatureChecker(),
    certificates: createCertificateReader(),
    anchor: ledger.anchor,
    clock: { now: () => parseTime(ledger.now) ?? 0 },
  };
  const head = ledger.head === null ? null : { commit: ledger.head, chain: '00'.repeat(32) };
  try {
    const tip = ledger.commits.at(-1)?.oid ?? '';
    const { state } = await readBranch(reader, tip, { from: null, head }, (item) => {
      if ('event' in item) outcomes.push(`${item.effect.void?.reason ?? 'effect'} ${item.id}`);
      else outcomes.push(`inert ${item.reason}`);
    });
    return { outcomes, state, fatal: null };
  } catch (error) {
    if (error instanceof MpaError) return { outcomes, state: null, fatal: error.code };
    throw error;
  }
}

describe.each(ledgers)('ledger $title', (ledger) => {
  it.each(ledger.commits)('§2, §3 names and chain: $title', ({ oid, raw, chain }) => {
    const at = ledger.commits.findIndex((commit) => commit.oid === oid);
    expect(objectName('commit', bytes(raw), ledger.format)).toBe(oid);
    expect(chainOf(ledger.commits[at - 1]?.chain ?? null, bytes(raw))).toBe(chain);
  });

  it('§5, §7 every commit: effect, void or inert, and why; or the fatal case', async () => {
    const { outcomes, fatal } = await replay(ledger);
    expect(fatal).toBe(ledger.fatal);
    if (fatal !== null) return;
    const expected = ledger.commits.map(({ expect: kind, reason, id }) =>
      kind === 'inert' ? `inert ${reason ?? ''}` : `${reason ?? 'effect'} ${id ?? ''}`,
    );
    const titled = (list: readonly string[]): string[] =>
      list.map((outcome, i) => `${ledger.commits[i]?.title ?? ''}: ${outcome}`);
    expect(titled(outcomes)).toEqual(titled(expected));
  });

  it('§7 every decision', async () => {
    const { state } = await replay(ledger);
    for (const vector of ledger.decisions) {
      if (state === null) throw new Error('a decision on a ledger that cannot be read');
      const found = answer(state, vector);
      expect({ title: vector.title, ...found }).toEqual({
        title: vector.title,
        authorised: vector.authorised,
        reason: vector.reason,
        state: vector.state,
      });
    }
  });
});

function answer(
  state: LedgerState,
  vector: DecisionVector,
): { authorised: boolean; reason: string | null; state: string } {
  const now = parseTime(vector.now) ?? 0;
  const { handle, fingerprint } = vector.runner;
  const ring = [...state.policies.values()].flatMap((policy) => Object.values(policy.ring).flat());
  const material = ring.find((key) => key.fingerprint === fingerprint)?.material ?? null;
  const toRun: ToRun =
    vector.toRun === null
      ? { kind: 'as-approved', host: null }
      : ({
          ...vector.toRun,
          pins: new Map(Object.entries(vector.toRun['pins'] as object)),
        } as unknown as ToRun);
  const { authorised, reason } = decide(state, vector.request, { handle, material }, toRun, now);
  const record = state.requests.get(vector.request);
  return { authorised, reason, state: record === undefined ? 'unknown' : stateName(state, record, now) };
}
