import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { passphrasesFrom, patient } from '../../src/cli/passphrase.js';
import { createPrompter, isYes, type Terminal } from '../../src/cli/prompts.js';
import { MpaError } from '../../src/core/errors.js';
import type { Prompter, Signer } from '../../src/core/ports.js';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { place } from '../support/places.js';

const quiet = (): void => undefined;

/** Two streams that look like a terminal, and what was drawn. */
function terminal(input = true, output = true): Terminal & { type(keys: string): void; drawn(): string } {
  const stdin = new PassThrough();
  const stderr = new PassThrough();
  let drawn = '';
  stderr.on('data', (data: Buffer) => (drawn += data.toString()));
  const raw = Object.assign(stdin, { isTTY: input, setRawMode: () => stdin });
  const streams = { stdin: raw, stderr: Object.assign(stderr, { isTTY: output, columns: 80 }) };
  return { ...streams, type: (keys) => stdin.write(keys), drawn: () => drawn };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** The answer to a question once it stands there. */
async function answered(keys: string, question = 'Go on?'): Promise<unknown> {
  const place = terminal();
  const answer = createPrompter(place, false, quiet).confirm(question, '--yes');
  await until(() => place.drawn().includes('(y/N)'));
  place.type(keys);
  return answer.catch((error: unknown) => (error instanceof MpaError ? error.code : error));
}

describe('questions', () => {
  it.each([
    ['y\r', true],
    ['yes\r', false],
    ['Y\r', false],
    [' y\r', false],
    ['\r', false],
    ['n\r', false],
    ['yep\r', false],
    ['ye\r', false],
    ['ja\r', false],
    ['\u0003', 'cancelled'],
    ['\u0004', 'cancelled'],
  ])('answered with %j: %j', async (keys, expected) => {
    expect(await answered(keys)).toBe(expected);
  });

  it('discard what was typed before they stood there', async () => {
    const place = terminal();
    place.type('y\r');
    const answer = createPrompter(place, false, quiet).confirm('Go on?', '--yes');
    await until(() => place.drawn().includes('(y/N)'));
    place.type('\r');
    expect(await answer).toBe(false);
  });

  it('are cancelled by a Ctrl-C that comes before they stand there', async () => {
    const place = terminal();
    place.type('y\r\u0003');
    await expect(createPrompter(place, false, quiet).confirm('Go on?', '--yes')).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(place.drawn()).toBe('');
  });

  it('take away what is drawn in their place first', async () => {
    const place = terminal();
    let drawnBefore: string | null = null;
    const answer = createPrompter(place, false, () => (drawnBefore = place.drawn())).line('Who?', '--as');
    await until(() => place.drawn().includes('Who?'));
    place.type('me\r');
    expect(await answer).toBe('me');
    expect(drawnBefore).toBe('');
  });

  it.each([
    [' y ', false, 'y'],
    [' y ', true, ' y '],
  ])('give a line %j as it was typed only where asked to: %j', async (keys, exactly, expected) => {
    const place = terminal();
    const answer = createPrompter(place, false, quiet).line('Go on? (y/N)', '--yes', exactly);
    await until(() => place.drawn().includes('(y/N)'));
    place.type(`${keys}\r`);
    expect(await answer).toBe(expected);
  });

  it('§9 show text of others escaped, on one line', async () => {
    const place = terminal();
    const answer = createPrompter(place, false, quiet).confirm('Approve \u001b[2Jrm\u202e\nx?', '--yes');
    await until(() => place.drawn().includes('(y/N)'));
    expect(place.drawn()).toContain('Approve \\u{1b}[2Jrm\\u{202e} x? (y/N)');
    place.type('\r');
    await answer;
  });

  it('never draw a passphrase', async () => {
    const place = terminal();
    const answer = createPrompter(place, false, quiet).secret('Passphrase:', '--passphrase-file');
    await until(() => place.drawn().includes('Passphrase:'));
    place.type('s3cr3t\r');
    expect(await answer).toBe('s3cr3t');
    expect(place.drawn()).not.toMatch(/s3cr3t|\*{3}/);
  });

  it.each([
    ['no terminal', false, false, false],
    ['only an input that is none', false, true, false],
    ['only an output that is none', true, false, false],
    ['--no-input', true, true, true],
  ])('are answer-needed with %s, and name the flag', async (_, input, output, noInput) => {
    const place = terminal(input, output);
    place.type('y\r');
    const prompter = createPrompter(place, noInput, quiet);
    const asked = [
      prompter.confirm('?', '--yes'),
      prompter.line('?', '--yes'),
      prompter.secret('?', '--yes'),
    ];
    for (const answer of asked) {
      await expect(answer).rejects.toMatchObject({ code: 'answer-needed', hint: 'Answer with --yes.' });
    }
    expect(place.drawn()).toBe('');
  });

  it('take y for yes, and all else for no', () => {
    expect(isYes('y')).toBe(true);
    expect(['', 'yy', 'y e s', 'yes', 'Y', ' y ', 'no'].some(isYes)).toBe(false);
  });
});

describe('passphrases', () => {
  /** A person who types these, one after the other. */
  function typing(...answers: string[]): Prompter {
    const next = (): Promise<string> => Promise.resolve(answers.shift() ?? '');
    return { confirm: () => Promise.resolve(false), line: next, secret: next };
  }
  const wrong = (): Promise<never> => Promise.reject(new MpaError('bad-passphrase', 'no'));

  it.each([
    ['secret\n', 'secret'],
    ['secret', 'secret'],
    ['secret\n\n', 'secret\n'],
    [' secret ', ' secret '],
    ['secret\r\n', 'secret'],
  ])('come from a file, one newline dropped: %j', async (text, expected) => {
    const path = join(place(), 'p');
    writeFileSync(path, text, { mode: 0o600 });
    const passphrases = passphrasesFrom({ path, flag: '--passphrase-file' }, typing(), quiet);
    expect(await passphrases.ask('?')).toBe(expected);
    expect(await passphrases.choose()).toBe(expected);
  });

  it('are refused from a file that others can read, or that is not there', async () => {
    const path = join(place(), 'p');
    const passphrases = passphrasesFrom({ path, flag: '--passphrase-file' }, typing(), quiet);
    await expect(passphrases.ask('?')).rejects.toMatchObject({ code: 'usage' });
    writeFileSync(path, 'secret', { mode: 0o644 });
    await expect(passphrases.ask('?')).rejects.toMatchObject({ code: 'unsafe-permissions' });
  });

  it('are chosen twice alike, in three tries', async () => {
    expect(await passphrasesFrom(undefined, typing('a', 'b', '', 'c', 'c'), quiet).choose()).toBe('c');
    await expect(
      passphrasesFrom(undefined, typing('a', 'b', 'c', 'd', '', ''), quiet).choose(),
    ).rejects.toMatchObject({
      code: 'bad-passphrase',
    });
  });

  it('may be mistyped twice by a person, never by a file', async () => {
    let tries = 0;
    const signer: Signer = {
      fingerprint: '',
      sign: () => ((tries += 1) < 3 ? wrong() : Promise.resolve('armor')),
    };
    expect(await patient(signer, passphrasesFrom(undefined, typing(), quiet)).sign(new Uint8Array(), 0)).toBe(
      'armor',
    );
    tries = -1;
    const byPerson = patient(signer, passphrasesFrom(undefined, typing(), quiet));
    await expect(byPerson.sign(new Uint8Array(), 0)).rejects.toMatchObject({ code: 'bad-passphrase' });
    expect(tries).toBe(2);
    const byFile = patient(signer, passphrasesFrom({ path: 'x', flag: 'x' }, typing(), quiet));
    tries = 0;
    await expect(byFile.sign(new Uint8Array(), 0)).rejects.toMatchObject({ code: 'bad-passphrase' });
    expect(tries).toBe(1);
  });

  it('are not asked again for another failure', async () => {
    let tries = 0;
    const broken = (): Promise<never> => {
      tries += 1;
      return Promise.reject(new MpaError('bad-key', 'no'));
    };
    const passphrases = passphrasesFrom(undefined, typing(), quiet);
    await expect(passphrases.retry(broken)).rejects.toMatchObject({ code: 'bad-key' });
    expect(tries).toBe(1);
  });
});
