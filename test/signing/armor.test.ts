import { describe, expect, it } from 'vitest';
import { findArmor, readArmor, writeArmor } from '../../src/signing/armor.js';

const BYTES = Buffer.from('any octets that make more than one line of base64, and then some: 0123456789');
const VALID = writeArmor(BYTES, 'SIGNATURE');
const LINES = VALID.split('\n');
const DATA = LINES.slice(2, -2).join('');
const CRC = LINES.at(-2) ?? '';

function armored(...body: readonly string[]): string {
  return ['-----BEGIN PGP SIGNATURE-----', '', ...body, '-----END PGP SIGNATURE-----'].join('\n');
}

function wrapped(width: number): string[] {
  return DATA.match(new RegExp(`.{1,${String(width)}}`, 'g')) ?? [];
}

describe('§5.3 armor that is read', () => {
  it.each([
    ['as we write it', VALID],
    ['without its CRC-24', armored(...wrapped(64))],
    ['in lines of 76', armored(...wrapped(76), CRC)],
    ['in lines of one character', armored(...wrapped(1), CRC)],
  ])('%s', (_, text) => {
    expect(readArmor(text, 'SIGNATURE')).toEqual(new Uint8Array(BYTES));
  });

  it.each([1, 2, 3, 4, 5, 47, 48, 49, 96])('any length comes back: %i octets', (length) => {
    const bytes = new Uint8Array(length).fill(0xa7);
    expect(readArmor(writeArmor(bytes, 'PUBLIC KEY BLOCK'), 'PUBLIC KEY BLOCK')).toEqual(bytes);
  });
});

describe('§5.3 armor that is refused', () => {
  it.each([
    ['text before it', `x\n${VALID}`],
    ['an empty line before it', `\n${VALID}`],
    ['text after it', `${VALID}\nx`],
    ['a final newline', `${VALID}\n`],
    ['another label', VALID.replaceAll('SIGNATURE', 'MESSAGE')],
    ['another label at its end', VALID.replace('END PGP SIGNATURE', 'END PGP MESSAGE')],
    ['a header', VALID.replace('\n\n', '\nComment: x\n\n')],
    ['no empty line', VALID.replace('\n\n', '\n')],
    ['an empty line with a space', VALID.replace('\n\n', '\n \n')],
    ['a second empty line', VALID.replace('\n\n', '\n\n\n')],
    ['an empty line before the end', armored(...wrapped(64), '', CRC)],
    ['carriage returns', VALID.replaceAll('\n', '\r\n')],
    ['a line of 77 characters', armored(...wrapped(77), CRC)],
    ['a space in a line', armored(`${DATA.slice(0, 5)} ${DATA.slice(5)}`, CRC)],
    ['a space after a line', armored(wrapped(64).join(' \n'), CRC)],
    ['the alphabet of URLs', armored('-_-_')],
    ['padding that is missing', armored(...wrapped(64).map((line) => line.replace(/=+$/, '')))],
    ['padding where none belongs', armored('YWJj', '====')],
    ['padding in the middle', armored('YQ==', 'YWJj')],
    ['unused bits that are not zero', armored('YR==')],
    ['a CRC-24 that is wrong', armored(...wrapped(64), '=AAAA')],
    ['a CRC-24 of five characters', armored(...wrapped(64), `${CRC}A`)],
    ['two CRC-24', armored(...wrapped(64), CRC, CRC)],
    ['a CRC-24 that is not last', armored(CRC, ...wrapped(64))],
    ['nothing in it', armored()],
    ['nothing but a CRC-24', armored('=twTO')],
    ['two armors', `${VALID}\n${VALID}`],
    ['dashes escaped as in signed text', `- ${VALID}`],
    ['', ''],
  ])('%s', (_, text) => {
    expect(readArmor(text, 'SIGNATURE')).toBeNull();
  });
});

describe('armor as people export it', () => {
  it('headers, line ends and text around it are passed over', () => {
    const text = `Dear Bob,\r\n${VALID.replace('\n\n', '\nVersion: GnuPG v2\nComment: x\n\n').replaceAll('\n', '\r\n')}\r\nbye`;
    expect(findArmor(text)).toEqual([{ label: 'SIGNATURE', bytes: new Uint8Array(BYTES) }]);
  });
  it('each block is found', () => {
    expect(findArmor(`${VALID}\n${VALID}\n`)?.length).toBe(2);
  });
  it.each([
    ['a block without an end', VALID.slice(0, -10)],
    ['a block without its empty line', VALID.replace('\n\n', '\n')],
    ['broken base64', VALID.replace('\n\n', '\n\n!')],
  ])('%s is broken', (_, text) => {
    expect(findArmor(text)).toBeNull();
  });
  it('a text without a block has none', () => {
    expect(findArmor('hello')).toEqual([]);
  });
});
