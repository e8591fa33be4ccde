import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyReader, type KeyTools } from '../../src/cli/policy-keys.js';
import { policyYaml } from '../../src/cli/policy-yaml.js';
import { canonicalText } from '../../src/core/canonical.js';
import { MpaError } from '../../src/core/errors.js';
import { ringOf } from '../../src/core/policy.js';
import type { Policy } from '../../src/core/policy-document.js';
import type { CertificateReader } from '../../src/core/ports.js';
import { parsePolicy } from '../../src/core/schema.js';
import { createOutput } from '../../src/cli/output.js';
import { withCards } from '../../src/workflows/founders.js';
import { readSource } from '../../src/workflows/policy-source.js';
import { known, member, policy, record, rule, Scene } from '../core/support/scene.js';

const certificates: CertificateReader = { known, read: (armored) => Promise.resolve(known(armored)) };
// Fingerprints are hexadecimal: so are the names of these keys.
const FIRST = policy({
  members: [
    ['alice', 'cert:a11ce'],
    ['bob', 'cert:b0b'],
  ],
  executors: [['ci', 'cert:c1']],
});

async function written(text: string): Promise<unknown> {
  const { written: found, faults } = await readSource(text);
  if (found === null) throw new Error(`${JSON.stringify(faults)}\n${text}`);
  return found;
}

/** What means something to YAML, to a terminal, or to an encoding. */
const SIGNS = [
  'a',
  'b',
  ' ',
  '\n',
  ':',
  '#',
  '*',
  '&',
  '!',
  '%',
  '@',
  '`',
  "'",
  '"',
  '\\',
  '-',
  '[',
  ']',
  '{',
  '}',
].concat([',', '|', '>', '~', '?', '=', '\t', '\u0007', '\u202e', '\u00e9', '\u{1f600}']);

describe('a policy as YAML', () => {
  const hostile = fc.string({
    unit: fc.constantFrom(...SIGNS),
    minLength: 1,
  });
  // Long enough for a library to break it over lines.
  const long = fc
    .array(fc.constantFrom('x'.repeat(45), ' ', '\n', '\n \n', 'y', '\u0007'), { minLength: 2 })
    .map((parts) => parts.join(''));
  const texts = fc.oneof(
    hostile,
    long,
    fc.constantFrom('8h', '1e3', '0x10', 'null', 'true', '~', '- a', '<<', '1_000', '-----BEGIN'),
  );
  it('reads back as the same policy, whatever its texts are, in ASCII', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: 6 }), texts, async (patterns, pattern) => {
        const made: Policy = {
          ...FIRST,
          members: record({
            ...FIRST.members,
            carol: { ...member('carol'), keys: [{ type: 'openpgp', public: pattern }] },
          }),
          groups: record({ constructor: ['alice'] }),
          rules: [
            rule({ match: { command: patterns }, ticket: { pattern }, maxDuration: 5400, pins: patterns }),
          ],
          tests: [{ requester: 'alice', command: patterns, expect: 'no-rule' }],
        };
        const text = await policyYaml(made, { keys: 'armor', ring: ringOf(made, known) });
        expect(text).toMatch(/^[\x20-\x7e\n]*$/);
        expect(canonicalText(await written(text))).toBe(canonicalText(made));
      }),
      // What the library's own choice for these reads back as less, or as another text.
      {
        numRuns: 60,
        examples: [
          [[' \n', 'a'], '8h'],
          [['\n \n'], ' \n\n'],
          [['bash', '-c', '\nset -euo pipefail\ncd /srv/app\n \n./deploy.sh production\n'], 'a\n\n'],
          [[`${'x'.repeat(40)}\u0007\n\n \n\ny`], 'a \n'],
        ],
      },
    );
  });

  it.each(['a', 'a\n', 'a\n\n', 'a \n', 'a\n '])('reads back whole where %j ends it', async (pattern) => {
    const { rules: _, ...before } = FIRST;
    const made = { ...before, rules: [{ ...rule(), ticket: { pattern } }] };
    const { written: found } = await readSource(await policyYaml(made));
    expect(canonicalText(found)).toBe(canonicalText(made));
  });

  it('says beside each key whose it is, what it is, and until when', async () => {
    const made = policy({ members: [['alice', 'cert:a11ce:1798761600'], 'bob'] });
    const text = await policyYaml(made, { keys: 'armor', ring: ringOf(made, known) });
    expect(text).toMatch(/# A11CE0{35} ed25519, expires 2027-01-01\n\s+- type: openpgp/);
    expect(text).toContain('maxDuration: 8h');
  });

  it('names no key where it is not clear whose each is', async () => {
    const text = await policyYaml(FIRST, { keys: 'fingerprint', ring: {} });
    expect(text).not.toContain('#');
    expect(parsePolicy(await written(text)).ok).toBe(true);
  });
});

describe('keys by their fingerprints', async () => {
  const scene = new Scene(FIRST);
  const context: KeyTools = {
    setup: { minimal: () => Promise.reject(new Error('no file is read here')) },
    out: await createOutput({
      stdout: process.stdout,
      stderr: process.stderr,
      json: false,
      quiet: true,
      noColor: true,
      env: {},
    }),
  };
  const read = (base: string | null, state: Scene['state'] | null = scene.state) =>
    keyReader(context, { folder: '/nowhere', certificates, state, base });
  const fingerprint = 'b0b'.toUpperCase().padEnd(40, '0');

  it('what is written with fingerprints reads back as the same policy', async () => {
    const text = await policyYaml(FIRST, { keys: 'fingerprint', ring: ringOf(FIRST, known) });
    expect(text).not.toContain('cert:');
    const { written: found } = await readSource(text);
    expect(canonicalText(await withCards(found ?? {}, read(null)))).toBe(canonicalText(FIRST));
  });

  it('are found however they are typed, and only where a policy lists them', async () => {
    const spaced = fingerprint
      .toLowerCase()
      .replaceAll(/(.{4})/g, '$1 ')
      .trim();
    expect((await read(null)(spaced)).armored).toBe('cert:b0b');
    const refused = async (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => null,
        (error: unknown) => (error instanceof MpaError ? error.code : error),
      );
    expect(await refused(read(null)('F'.repeat(40)))).toBe('no-key');
    expect(await refused(read(null, null)(fingerprint))).toBe('no-key');
    expect(await refused(read(null)('bob.asc'))).toBe('usage');
  });

  it('mean the certificate of the policy that the file was made from, then that in force, then an older one', async () => {
    const later = new Scene(FIRST);
    later.approve('bob', later.state.anchor, { key: 'b0b' });
    const first = later.state.current;
    const renewed = policy({
      members: [
        ['alice', 'cert:a11ce'],
        ['bob', 'cert:b0b:1999999999'],
      ],
    });
    later.approve('bob', later.propose('alice', renewed, { key: 'a11ce' }), { key: 'b0b' });
    expect(later.last).toBeNull();
    expect(later.state.current).not.toBe(first);
    const bob = (base: string | null) =>
      keyReader(context, { folder: '/', certificates, state: later.state, base })(fingerprint);
    expect((await bob(null)).armored).toBe('cert:b0b:1999999999');
    expect((await bob(first)).armored).toBe('cert:b0b');
    const gone = 'c1'.toUpperCase().padEnd(40, '0');
    expect(
      (await keyReader(context, { folder: '/', certificates, state: later.state, base: null })(gone)).armored,
    ).toBe('cert:c1');
  });
});
