import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commitPayload, parentsOf, readCommit, signedCommit } from '../../src/core/commit.js';
import { isEmail, isName } from '../../src/core/scalars.js';
import { attachmentNames, attachmentsTree } from '../../src/core/tree.js';
import { runs } from './runs.js';

const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: length, maxLength: length });
const format = fc.constantFrom('sha1' as const, 'sha256' as const);
const commit = format.chain((kind) => {
  const oid = digits(kind === 'sha1' ? 40 : 64);
  return fc.record({
    format: fc.constant(kind),
    tree: oid,
    parent: fc.option(oid),
    name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter(isName),
    email: fc.stringMatching(/^[!-;=?-~]{1,9}@[!-;=?-~]{1,9}$/).filter(isEmail),
    at: fc.integer({ min: 0, max: 253_402_300_799 }),
    message: fc.string({ unit: 'binary', maxLength: 60 }),
    armor: fc
      .array(fc.stringMatching(/^[ -~]{0,20}$/), { minLength: 1, maxLength: 6 })
      .map((lines) => lines.join('\n')),
  });
});
// A newline at the very end is the armor's own, and goes.
const sound = commit.filter(({ armor }) => !armor.endsWith('\n'));

test('§3 writing a commit and reading it are inverse, to the byte', () => {
  fc.assert(
    fc.property(sound, (input) => {
      const payload = commitPayload(input);
      const bytes = signedCommit(payload, input.armor, input.format);
      const read = readCommit(bytes, input.format);
      if (!read.ok) throw new Error(read.detail);
      const { parts } = read;
      expect(Buffer.compare(parts.payload, payload)).toBe(0);
      expect(Buffer.from(parts.message).toString()).toBe(input.message);
      expect(parts).toMatchObject({
        tree: input.tree,
        parent: input.parent,
        identity: `${input.name} <${input.email}>`,
        time: input.at,
        armor: input.armor,
      });
      expect(parentsOf(bytes)).toEqual(input.parent === null ? [] : [input.parent]);
    }),
    runs(200),
  );
});

test('§3 of any bytes that are read, payload and signature make the same bytes again: nothing hides between them', () => {
  const change = fc.record({
    at: fc.nat(),
    to: fc.nat({ max: 255 }),
    kind: fc.constantFrom('put', 'drop', 'add'),
  });
  fc.assert(
    fc.property(sound, fc.array(change, { minLength: 10, maxLength: 10 }), (input, changes) => {
      const bytes = Buffer.from(signedCommit(commitPayload(input), input.armor, input.format));
      for (const { at, to, kind } of changes) {
        const place = at % bytes.length;
        const broken = Buffer.concat([
          bytes.subarray(0, place),
          Buffer.from(kind === 'drop' ? [] : [to]),
          bytes.subarray(kind === 'add' ? place : place + 1),
        ]);
        const read = readCommit(broken, input.format);
        if (!read.ok) continue;
        const again = signedCommit(read.parts.payload, `${read.parts.armor}\n`, input.format);
        expect(Buffer.compare(again, broken)).toBe(0);
        expect(parentsOf(broken)).toEqual(read.parts.parent === null ? [] : [read.parts.parent]);
      }
    }),
    runs(200),
  );
});

test('§3 the folder of attachments: writing and reading are inverse, and what is read is what would be written', () => {
  fc.assert(
    fc.property(
      format,
      fc.uniqueArray(digits(64), { minLength: 1, maxLength: 8 }),
      fc.nat(),
      fc.nat({ max: 255 }),
      (kind, names, place, to) => {
        const entries = names.map((sha256) => ({ sha256, oid: sha256.slice(0, kind === 'sha1' ? 40 : 64) }));
        const bytes = Buffer.from(attachmentsTree(entries));
        expect(attachmentNames(bytes, kind)).toEqual(
          [...entries].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1)),
        );
        bytes[place % bytes.length] = to;
        const read = attachmentNames(bytes, kind);
        if (read !== null) expect(Buffer.compare(attachmentsTree(read), bytes)).toBe(0);
      },
    ),
    runs(200),
  );
});
