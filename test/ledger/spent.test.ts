import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSpentRecord, type Claim } from '../../src/ledger/spent.js';
import { place } from '../support/places.js';

const REQUEST = 'a'.repeat(64);

function claimOf(digit: string, more: Partial<Claim> = {}): Claim {
  return {
    start: digit.repeat(64),
    request: REQUEST,
    commit: 'c'.repeat(40),
    parent: 'd'.repeat(40),
    actor: 'alice',
    at: 1000,
    stage: 'claimed',
    finish: null,
    settled: null,
    ...more,
  };
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('the record of spent uses', () => {
  it('is empty where there is none yet', async () => {
    const spent = openSpentRecord(join(place(), 'spent'));
    expect(await spent.claims()).toEqual([]);
    expect(await spent.unsettled()).toEqual([]);
  });

  it('holds claims by time, of all requests or of one, for whoever opens it next; private files', async () => {
    const folder = join(place(), 'spent');
    const spent = openSpentRecord(folder);
    const late = claimOf('1', { at: 2000 });
    const early = claimOf('2');
    const other = claimOf('3', { request: 'b'.repeat(64), at: 1500 });
    for (const claim of [late, early, other]) await spent.claim(claim);
    expect(await openSpentRecord(folder).claims()).toEqual([early, other, late]);
    expect(await openSpentRecord(folder).claims(REQUEST)).toEqual([early, late]);
    for (const file of filesOf(folder)) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('holds claims of one second by their starts, whatever their requests', async () => {
    const spent = openSpentRecord(join(place(), 'spent'));
    const of = (digit: string, request: string) => claimOf(digit, { request: request.repeat(64) });
    const [one, two, three] = [of('1', 'b'), of('2', 'a'), of('3', 'c')] as const;
    for (const claim of [two, one, three]) await spent.claim(claim);
    expect(await spent.claims()).toEqual([one, two, three]);
    expect(await spent.unsettled()).toEqual([one, two, three]);
  });

  it('holds claims of a SHA-256 repository too', async () => {
    const spent = openSpentRecord(join(place(), 'spent'));
    const claim = claimOf('1', { commit: 'c'.repeat(64), parent: 'd'.repeat(64) });
    await spent.claim(claim);
    expect(await spent.claims()).toEqual([claim]);
  });

  it('of a claim that was settled and not moved yet, when its writer was killed: settled', async () => {
    const folder = join(place(), 'spent');
    const spent = openSpentRecord(folder);
    await spent.claim(claimOf('1'));
    const [file = ''] = filesOf(folder);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"settled": null', '"settled": "interrupted"'));
    expect(await spent.unsettled()).toEqual([]);
    expect(await spent.claims()).toEqual([claimOf('1', { settled: 'interrupted' })]);
  });

  it('moves a claim through its stages, and remembers how it ended', async () => {
    const spent = openSpentRecord(join(place(), 'spent'));
    const claim = claimOf('1');
    await spent.claim(claim);
    const finish = {
      exit: { code: 3 },
      millis: 12,
      stdout: { sha256: 'e'.repeat(64), size: 4 },
      outputs: [{ path: 'out', sha256: 'e'.repeat(64), size: 4 }],
    };
    const ended = { ...claim, stage: 'finished', finish } as const;
    await spent.update(ended);
    expect(await spent.claims()).toEqual([ended]);
    expect(await spent.unsettled()).toEqual([ended]);
    await spent.update({ ...ended, settled: 'recorded' });
    expect(await spent.unsettled()).toEqual([]);
    expect(await spent.claims(REQUEST)).toEqual([{ ...ended, settled: 'recorded' }]);
  });

  it('never settles a claim twice, claims a start twice, or changes one that is not there', async () => {
    const spent = openSpentRecord(join(place(), 'spent'));
    await spent.claim(claimOf('1'));
    await expect(spent.claim(claimOf('1'))).rejects.toMatchObject({ code: 'bug' });
    await spent.update(claimOf('1', { settled: 'lost' }));
    await expect(spent.update(claimOf('1', { settled: 'recorded' }))).rejects.toMatchObject({ code: 'bug' });
    await expect(spent.update(claimOf('2'))).rejects.toMatchObject({ code: 'bug' });
    await expect(spent.claim(claimOf('1'))).rejects.toMatchObject({ code: 'bug' });
    const whole = '3'.repeat(64);
    for (const start of ['../../x', `../${whole}`, `${whole}/..`]) {
      await expect(spent.claim({ ...claimOf('3'), start })).rejects.toMatchObject({ code: 'bug' });
      await expect((async () => spent.lock(start))()).rejects.toMatchObject({ code: 'bug' });
    }
  });

  it.each([
    ['torn', (text: string): string => text.slice(0, 40)],
    ['empty', (): string => ''],
    ['of another form', (text: string): string => text.replace('"actor"', '"who"')],
    ['another stage', (text: string): string => text.replace('"claimed"', '"spun"')],
    ['of a longer commit', (text: string): string => text.replace('c'.repeat(40), 'c'.repeat(41))],
    ['of a longer digest', (text: string): string => text.replace('e'.repeat(64), 'e'.repeat(65))],
    [
      'of another start than its name',
      (text: string): string => text.replace('1'.repeat(64), '2'.repeat(64)),
    ],
  ])('§8.4 a record that is %s is refused, and counts as nothing less: fail closed', async (_how, spoil) => {
    const folder = join(place(), 'spent');
    const spent = openSpentRecord(folder);
    const stdout = { sha256: 'e'.repeat(64), size: 4 };
    await spent.claim(claimOf('1', { finish: { exit: { code: 0 }, millis: 1, stdout } }));
    const [file = ''] = filesOf(folder);
    writeFileSync(file, spoil(readFileSync(file, 'utf8')));
    await expect(spent.claims()).rejects.toMatchObject({ code: 'bad-config' });
    await expect(spent.claims(REQUEST)).rejects.toMatchObject({ code: 'bad-config' });
    await expect(spent.unsettled()).rejects.toMatchObject({ code: 'bad-config' });
  });

  it('§8.4 a record that is no file, and a folder that is none, are refused too, with why and the next step', async () => {
    const folder = join(place(), 'spent');
    const spent = openSpentRecord(folder);
    await spent.claim(claimOf('1'));
    const [file = ''] = filesOf(folder);
    const copy = `${file}.tmp-1-1.old`;
    writeFileSync(copy, readFileSync(file));
    await expect(spent.claims()).rejects.toMatchObject({ code: 'bad-config' });
    const other = join(place(), 'spent');
    mkdirSync(join(other, 'open', file.slice(-134)), { recursive: true });
    await expect(openSpentRecord(other).claims()).rejects.toMatchObject({
      code: 'bad-config',
      hint: expect.stringContaining('restore it') as unknown,
      cause: { code: 'EISDIR' },
    });
    const third = place();
    writeFileSync(join(third, 'open'), '');
    await expect(openSpentRecord(third).unsettled()).rejects.toMatchObject({ code: 'bad-config' });
  });

  it('a claim that is moved between the list and the reading is not missed: it is met where it went', async () => {
    const folder = join(place(), 'spent');
    const spent = openSpentRecord(folder);
    await spent.claim(claimOf('1'));
    const [file = ''] = filesOf(folder);
    // Listed, and not there when it is opened.
    symlinkSync('nowhere', file.replace('1'.repeat(64), '2'.repeat(64)));
    expect(await spent.claims()).toEqual([claimOf('1')]);
  });

  it('sweeps what killed writers left, wherever it stands, and goes on where it cannot', async () => {
    const folder = join(place(), 'spent');
    const spent = openSpentRecord(folder);
    await spent.claim(claimOf('1'));
    await spent.lock('1'.repeat(64));
    const { pid } = spawnSync('true');
    const drafts = ['open', 'locks', join('locks', '1'.repeat(64))].map((part) =>
      join(folder, part, `x.tmp-${String(pid)}-12`),
    );
    for (const draft of drafts) writeFileSync(draft, 'half');
    expect(await spent.unsettled()).toEqual([claimOf('1')]);
    expect(drafts.filter((draft) => existsSync(draft))).toEqual([]);
    const other = place();
    writeFileSync(join(other, 'locks'), '');
    expect(await openSpentRecord(other).unsettled()).toEqual([]);
  });

  it('what a writer that was killed left is no claim', async () => {
    const folder = join(place(), 'spent');
    const spent = openSpentRecord(folder);
    await spent.claim(claimOf('1'));
    const [file = ''] = filesOf(folder);
    writeFileSync(`${file}.tmp-99-12`, 'ha');
    expect(await spent.claims()).toHaveLength(1);
  });

  it('has a lock for each claim, held once', async () => {
    const spent = openSpentRecord(join(place(), 'spent'));
    const lock = await spent.lock('1'.repeat(64));
    expect(lock).not.toBeNull();
    expect(await spent.lock('1'.repeat(64))).toBeNull();
    expect(await spent.lock('2'.repeat(64))).not.toBeNull();
    await lock?.release();
    expect(await spent.lock('1'.repeat(64))).not.toBeNull();
  });

  it('keeps the lock of a claim beside it, and none once the claim is settled', async () => {
    const folder = join(place(), 'spent');
    const spent = openSpentRecord(folder);
    await spent.claim(claimOf('1'));
    await spent.lock('1'.repeat(64));
    expect(readdirSync(join(folder, 'locks'))).toEqual(['1'.repeat(64)]);
    await spent.update(claimOf('1', { settled: 'recorded' }));
    expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  });

  it('is a disk error where it cannot be written', async () => {
    const file = join(place(), 'file');
    writeFileSync(file, '');
    await expect(openSpentRecord(join(file, 'spent')).claim(claimOf('1'))).rejects.toMatchObject({
      code: 'bad-config',
    });
  });
});
