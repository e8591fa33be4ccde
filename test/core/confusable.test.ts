import { describe, expect, it } from 'vitest';
import { lookOf, skeletons } from '../../src/core/confusable.js';

function clash(a: string, b: string): boolean {
  const keys = new Set(skeletons(a));
  return skeletons(b).some((key) => keys.has(key));
}

describe('§1 words that people take for one another', () => {
  it.each([
    ['alice', 'a1ice'],
    ['alice', 'aiice'],
    ['bob', 'b0b'],
    ['dev1', 'devl'],
    ['dev1', 'devi'],
    ['barn', 'bam'],
    ['vvill', 'will'],
    ['clan', 'dan'],
    ['sam', '5am'],
    ['zoe', '2oe'],
    ['web-1', 'web1'],
    ['prod-db', 'proddb'],
    ['alan', 'allan'],
    ['everyone', 'every0ne'],
    ['everyone', 'every-one'],
  ])('%s and %s clash', (a, b) => {
    expect(clash(a, b)).toBe(true);
    expect(clash(b, a)).toBe(true);
  });

  it.each([
    ['dev1', 'dev2'],
    ['dev1', 'dev11'],
    ['dev-1', 'dev-11'],
    ['ann', 'anna'],
    ['alice', 'alicia'],
    ['bob', 'rob'],
    ['prod-db', 'pro-db'],
    ['rack-1-11', 'rack-11-1'],
    ['web-1', 'web-11'],
    ['sre', 'srv'],
    ['team', 'teams'],
    ['host-10', 'host-100'],
    ['jan', 'jane'],
    ['eu-west-1', 'eu-west-2'],
  ])('%s and %s do not', (a, b) => {
    expect(clash(a, b)).toBe(false);
    expect(clash(b, a)).toBe(false);
  });
});

describe('names that look the same', () => {
  it.each([
    ['Alice Jones', 'alice jones'],
    ['Alice Jones', 'Alice  Jones'],
    ['Alice Jones', 'Alice-Jones'],
    ['Alice Jones', '\uff21lice Jones'],
    ['Alice Jones', 'Аliсe Jоnes'],
    ['Alice Jones', 'Al\u200bice Jones'],
    ['Zoë', 'Zoe\u0308'],
    ['ΑΝΝΑ', 'avva'],
  ])('%j and %j do', (a, b) => {
    expect(lookOf(a)).toBe(lookOf(b));
  });

  it.each([
    ['Alice Jones', 'Alicia Jones'],
    ['Wei Chen', 'Wei Cheng'],
    ['Zoë', 'Zoe'],
    ['王伟', '王维'],
    ['Иван', 'Ивана'],
    ['!!', '??'],
  ])('%j and %j do not', (a, b) => {
    expect(lookOf(a)).not.toBe(lookOf(b));
  });
});
