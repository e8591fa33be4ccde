import { describe, expect, it } from 'vitest';
import { cleaned, edited, type Desk } from '../../src/cli/policy-edit.js';
import { MpaError } from '../../src/core/errors.js';

const START = '# policy\nrules: good\n';

/** An editor that does one thing after the other, and what it was shown; a text that says `bad` cannot be proposed. */
function desk(
  ...steps: readonly ((shown: string) => string | null)[]
): Desk & { shown: string[]; kept: string[] } {
  const shown: string[] = [];
  const kept: string[] = [];
  return {
    shown,
    kept,
    open: (text) => {
      const step = steps[shown.length];
      if (step === undefined) throw new Error('the editor was opened once too often');
      shown.push(text);
      const made = step(text);
      return Promise.resolve(
        made === null ? { text: text.replace('good', 'torn'), well: false } : { text: made, well: true },
      );
    },
    objections: (text) => {
      const row = text.split('\n').findIndex((line) => line.includes('bad'));
      return Promise.resolve(row < 0 ? null : (shift) => [`line:${row + 1 + shift}: bad`, '    mend it']);
    },
    keep: (text) => {
      kept.push(text);
      return Promise.resolve('/somewhere/policy.yaml');
    },
  };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return error instanceof MpaError ? `${error.code} ${error.hint ?? ''}`.trim() : String(error);
}
const type = (from: string, to: string) => (text: string) => text.replace(from, to);
const same = (text: string): string => text;
const PROPOSE = 'Go on with it: mpa policy propose /somewhere/policy.yaml';

describe('a policy in an editor', () => {
  it('that is right is what was written', async () => {
    const at = desk(type('good', 'better'));
    expect(await edited(START, at)).toBe('# policy\nrules: better\n');
    expect(at).toMatchObject({ shown: [START], kept: [] });
  });

  it('with errors comes back with them on top, by the lines that are seen there, until it is right', async () => {
    const at = desk(
      type('good', 'bad'),
      type('rules: bad', 'rules: worse and bad'),
      type('rules: worse and bad', 'rules: fine'),
    );
    expect(await edited(START, at)).toBe('# policy\nrules: fine\n');
    const [, second = '', third = ''] = at.shown;
    const row = second.split('\n').findIndex((line) => line.startsWith('rules:')) + 1;
    expect(second).toContain(`#! line:${row}: bad\n#!     mend it\n# policy\nrules: bad\n`);
    expect(third.match(/mend it/g)).toHaveLength(1);
    expect(at.kept).toEqual([]);
  });

  it('left as it was proposes nothing, and leaves nothing behind', async () => {
    const at = desk(same);
    expect(await codeOf(edited(START, at))).toBe('cancelled');
    expect(at.kept).toEqual([]);
  });

  it('left with its errors is kept without them, and the command that goes on is named', async () => {
    const at = desk(type('good', 'bad'), same);
    expect(await codeOf(edited(START, at))).toBe(`invalid-policy ${PROPOSE}`);
    expect(at.kept).toEqual(['# policy\nrules: bad\n']);
  });

  it('emptied after errors is kept as it was before', async () => {
    const at = desk(type('good', 'bad'), () => '# nothing\n');
    expect(await codeOf(edited(START, at))).toBe(`cancelled ${PROPOSE}`);
    expect(at.kept).toEqual(['# policy\nrules: bad\n']);
  });

  it('whose editor fails is kept with what was saved by then', async () => {
    const at = desk(() => null);
    expect(await codeOf(edited(START, at))).toBe(`cancelled ${PROPOSE}`);
    expect(at.kept).toEqual(['# policy\nrules: torn\n']);
    expect(
      await codeOf(
        edited(
          '# only\n',
          desk(() => null),
        ),
      ),
    ).toBe('cancelled');
  });

  it('holds no private key once it is kept, shown again or handed on', async () => {
    const secret = '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nc2VjcmV0\n-----END PGP PRIVATE KEY BLOCK-----';
    const at = desk(type('good', `bad\n${secret}`), same);
    await codeOf(edited(START, at));
    expect(at.shown[1]).not.toContain('c2VjcmV0');
    expect(at.kept.join('')).not.toContain('c2VjcmV0');
    expect(at.kept.join('')).toContain('rules: bad');
    expect(cleaned(`x\n${secret.slice(0, 50)}`)).not.toContain('c2Vj');
  });
});
