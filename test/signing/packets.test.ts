import { describe, expect, it } from 'vitest';
import { readNumbers, writeNumber } from '../../src/signing/numbers.js';
import { readPackets, writePacket } from '../../src/signing/packets.js';
import { readSignature } from '../../src/signing/signature.js';
import { BORN, bytes, signatureBody, sub, testKey } from './support/build.js';

const BODY = bytes('0102030405');

describe('§5.3 packets of definite length', () => {
  it.each([
    ['a new header, one octet', bytes(0xc2, 5, BODY)],
    ['a new header, five octets', bytes(0xc2, 'ff00000005', BODY)],
    ['an old header, one octet', bytes(0x88, 5, BODY)],
    ['an old header, two octets', bytes(0x89, '0005', BODY)],
    ['an old header, four octets', bytes(0x8a, '00000005', BODY)],
  ])('%s', (_, packets) => {
    expect(readPackets(packets)).toEqual([{ tag: 2, body: BODY }]);
  });

  it.each([191, 192, 8383, 8384])('a body of %i octets comes back', (length) => {
    const packet = { tag: 13, body: Buffer.alloc(length, 7) };
    expect(readPackets(writePacket(packet))).toEqual([packet]);
  });

  it.each([
    ['nothing', bytes()],
    ['an old header without the high bit', bytes(0x08, 5, BODY)],
    ['a new header without the high bit', bytes(0x42, 5, BODY)],
    ['a partial length', bytes(0xc2, 0xe2, BODY)],
    ['a partial length that would add up as one of two octets', bytes(0xc2, 'e000', Buffer.alloc(8384))],
    ['an indeterminate length', bytes(0x8b, BODY)],
    ['packet type 0, new', bytes(0xc0, 5, BODY)],
    ['packet type 0, old', bytes(0x80, 5, BODY)],
    ['a body that ends early', bytes(0xc2, 6, BODY)],
    ['an octet left over', bytes(0xc2, 5, BODY, 0)],
    ['a header that ends early', bytes(0xc2)],
    ['a length that ends early', bytes(0xc2, 'ff0000')],
  ])('%s is refused', (_, packets) => {
    expect(readPackets(packets)).toBeNull();
  });
});

describe('§5.3 the layout of a version-4 signature', () => {
  const key = testKey('ed25519');
  const body = signatureBody({
    by: key,
    type: 0,
    object: [],
    hashed: [sub(2, BORN)],
    unhashed: [sub(16, bytes('00'.repeat(8)))],
  });
  it('its parts are found', () => {
    const read = readSignature(body);
    expect(read).toMatchObject({ type: 0, algorithm: 22, hash: 8 });
    expect(read?.hashed.map(({ type }) => type)).toEqual([2]);
    expect(read?.unhashed.map(({ type }) => type)).toEqual([16]);
    expect(
      bytes(read?.covered ?? '', '000a', '0910', '00'.repeat(8), read?.check ?? '', read?.numbers ?? ''),
    ).toEqual(body);
  });
  it.each([2, 3, 5, 6])('version %i is refused', (version) => {
    expect(readSignature(bytes(version, body.subarray(1)))).toBeNull();
  });
  it.each([
    ['a hashed area longer than the packet', bytes('04001608', 'ffff', body.subarray(6))],
    ['an unhashed area longer than the packet', bytes('04001608', '0000', 'ffff', '0000')],
    ['no check octets', bytes('04001608', '0000', '0000', '00')],
    ['an empty subpacket before another one', bytes('04001608', '0003', '000102', '0000', 'aabb')],
    ['a subpacket without a type', bytes('04001608', '0001', '00', '0000', 'aabb')],
    ['a subpacket longer than its area', bytes('04001608', '0002', '0502', '0000', 'aabb')],
    ['a subpacket length that ends early', bytes('04001608', '0001', 'ff', '0000', 'aabb')],
    ['nothing', bytes()],
  ])('%s is refused', (_, broken) => {
    expect(readSignature(broken)).toBeNull();
  });
});

describe('§5.3 numbers', () => {
  it.each(['01', 'ff', '80', '0100', '7fffff'])('%s comes back', (hex) => {
    expect(readNumbers(writeNumber(bytes(hex)), 0, 1)?.values).toEqual([bytes(hex)]);
  });
  it('zeros in front are not written', () => {
    expect(writeNumber(bytes('000001'))).toEqual(bytes('000101'));
  });
  it.each([
    ['a bit count that is too large', '000901'],
    ['a bit count that is too small', '000701ff'],
    ['a zero in front', '00100001'],
    ['a zero that has an octet', '000100'],
    ['fewer octets than bits', '001001'],
    ['half a bit count', '00'],
  ])('%s is refused', (_, hex) => {
    expect(readNumbers(bytes(hex), 0, 1)).toBeNull();
  });
});
