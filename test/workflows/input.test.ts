import {
  appendFileSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstChangedPin } from '../../src/workflows/pins.js';
import { privateCopy } from '../../src/workflows/private-copy.js';
import type { Launch } from '../../src/workflows/launch.js';
import { Approved, contentOf, DUMP, SQL } from './approved.js';

/** What the launched command would read, and whether its file has a name. */
function inputOf({ input }: Launch): unknown {
  if (input.kind !== 'bytes') return input.kind;
  return { bytes: readFileSync(input.descriptor), names: fstatSync(input.descriptor).nlink };
}

// What other tests put into the system's own folder meanwhile is no leftover of these.
const [shared, own] = [process.env['TMPDIR'], mkdtempSync(join(tmpdir(), 'mpa-input-'))];
beforeAll(() => {
  process.env['TMPDIR'] = own;
});
afterAll(() => {
  if (shared === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = shared;
  rmSync(own, { recursive: true });
});

const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => /^mpa-[A-Za-z0-9]{6}$/.test(name));

describe('§8.6 the standard input that a command is given', () => {
  it('attached: the bytes of the ledger, in a file without a name, whatever lies here', async () => {
    const it = await Approved.make();
    const id = await it.grant({ pins: [], stdin: contentOf(SQL, true) });
    it.path('rotate.sql');
    writeFileSync(it.path('rotate.sql'), 'something else');
    const seen: unknown[] = [];
    await it.attempt({ id, argv: null }, it.here, (launch) => seen.push(inputOf(launch)));
    expect(seen).toEqual([{ bytes: Buffer.from(SQL), names: 0 }]);
  });

  it('given again: a private copy, which a change of the file does not reach', async () => {
    const it = await Approved.make();
    const id = await it.grant({ pins: [], stdin: contentOf(DUMP, false) }, []);
    const before = leftovers();
    const seen: unknown[] = [];
    const here = { ...it.here, stdinFile: it.path('dump') };
    await it.attempt({ id, argv: null }, here, (launch) => {
      writeFileSync(it.path('dump'), 'evil');
      seen.push(inputOf(launch));
    });
    expect(seen).toEqual([{ bytes: DUMP, names: 0 }]);
    expect(leftovers().filter((name) => !before.includes(name))).toEqual([]);
  });

  it('given again by a pipe: its bytes', async () => {
    const it = await Approved.make();
    const id = await it.grant({ pins: [], stdin: contentOf(DUMP, false) }, []);
    const seen: unknown[] = [];
    const here = { ...it.here, stdinFile: DUMP };
    await it.attempt({ id, argv: null }, here, (launch) => seen.push(inputOf(launch)));
    expect(seen).toEqual([{ bytes: DUMP, names: 0 }]);
  });

  it('changed between the decision and the copy: mismatch, nothing spent, no copy left', async () => {
    const it = await Approved.make();
    const id = await it.grant({ pins: [], stdin: contentOf(DUMP, false) }, []);
    const { ws } = it.alice;
    const before = leftovers();
    let looks = 0;
    // The spent record is looked at between the two.
    const spent = {
      ...ws.spent,
      claims: (request?: string) => {
        looks += 1;
        writeFileSync(it.path('dump'), Buffer.from([0, 1, 2, 3, 254]));
        return ws.spent.claims(request);
      },
    };
    const here = { ...it.here, stdinFile: it.path('dump') };
    const swapped = Object.assign(Object.create(it) as Approved, {
      alice: { ...it.alice, ws: { ...ws, spent } },
    });
    expect(await swapped.attempt({ id, argv: null }, here)).toEqual({ code: 'mismatch', launches: [] });
    expect(looks).toBeGreaterThan(0);
    expect(await ws.spent.claims()).toEqual([]);
    expect(leftovers().filter((name) => !before.includes(name))).toEqual([]);
  });

  it('§3 an attachment that the ledger lacks, of a pin as of the input: mismatch', async () => {
    const it = await Approved.make();
    const pinned = await it.grant({ argv: ['tool', 'pinned'] });
    const read = await it.grant({ argv: ['tool', 'read'], pins: [], stdin: contentOf('yes\n', true) }, [
      'yes\n',
    ]);
    const lacking = { ...it.alice.ws.store, blob: () => Promise.resolve(null) };
    const ws = { ...it.alice.ws, store: lacking };
    const poor = Object.assign(Object.create(it) as Approved, { alice: { ...it.alice, ws } });
    for (const id of [pinned, read])
      expect(await poor.attempt({ id, argv: null })).toEqual({ code: 'mismatch', launches: [] });
    expect((await it.attempt({ id: pinned, argv: null })).code).toBe('done');
  });
});

describe('a private copy', () => {
  it('what its filling throws comes through, and nothing is left behind', async () => {
    const before = leftovers();
    const work = privateCopy(async (write) => {
      await write(Buffer.from('half'));
      throw new Error('enough');
    });
    await expect(work).rejects.toThrow('enough');
    expect(leftovers().filter((name) => !before.includes(name))).toEqual([]);
  });
});

describe('pins once more before the spawn', () => {
  it('names the first that changed; null where none has', async () => {
    const it = await Approved.make();
    expect(await firstChangedPin(it.action)).toBe(null);
    appendFileSync(it.path('empty'), 'x');
    expect(await firstChangedPin(it.action)).toBe(it.path('empty'));
    appendFileSync(it.path('rotate.sql'), 'x');
    expect(await firstChangedPin(it.action)).toBe(it.path('rotate.sql'));
  });

  it.each(['deep/../rotate.sql', '--file=deep/../rotate.sql'])(
    '§4 %s: pinned while deep is a folder; not once it is a link to elsewhere, where the kernel opens another file',
    async (argument) => {
      const it = await Approved.make();
      const action = { ...it.action, argv: ['tool', argument] };
      expect(await firstChangedPin(action)).toBe(null);
      const evil = join(it.path('elsewhere'), 'deep');
      mkdirSync(evil, { recursive: true });
      writeFileSync(join(evil, '..', 'rotate.sql'), 'evil');
      rmSync(it.path('deep'), { recursive: true });
      symlinkSync(evil, it.path('deep'));
      expect(await firstChangedPin(action)).toBe(it.path('rotate.sql'));
    },
  );

  it('§8.6 such an argument refuses the run: mismatch, nothing spent', async () => {
    const it = await Approved.make();
    const id = await it.grant({ argv: ['tool', '-f', 'deep/../rotate.sql'] });
    rmSync(it.path('deep'), { recursive: true });
    mkdirSync(it.path('elsewhere/deep'), { recursive: true });
    writeFileSync(it.path('elsewhere/rotate.sql'), SQL);
    symlinkSync(it.path('elsewhere/deep'), it.path('deep'));
    const refused = await it.refusal({ id, argv: null });
    expect(refused.message).toContain('a `..` leads to another one');
    expect((await it.attempt({ id, argv: null })).code).toBe('mismatch');
    rmSync(it.path('deep'));
    mkdirSync(it.path('deep'));
    expect((await it.attempt({ id, argv: null })).code).toBe('done');
  });
});
