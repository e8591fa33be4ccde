/** Pairs of letters that are drawn like one. */
const PAIRS: readonly (readonly [RegExp, string])[] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
  [/cl/g, 'd'],
];

/** Letters and digits that are drawn like another. */
const ALIKE: Readonly<Record<string, string>> = { '0': 'o', '1': 'l', i: 'l', '2': 'z', '5': 's' };

function drawn(word: string): string {
  return word.replace(/[0125i]/g, (letter) => ALIKE[letter] ?? letter);
}

function paired(word: string): string {
  return PAIRS.reduce((text, [pair, one]) => text.replace(pair, one), word);
}

/**
 * Texts under which words that people take for one another are the same: `bob` and `b0b`, `dev1` and `devl`, `web-1` and `web1`,
 * `alan` and `allan`. Two words are confusable where they share any of them. For handles, groups and rule names (section 1). A hyphen
 * or a letter doubled is looked over, not both at once, and never one between digits: `pro-db` and `prod-db` are two, as are `dev1` and
 * `dev11`, `rack-1-11` and `rack-11-1`.
 */
export function skeletons(word: string): readonly string[] {
  const joined = drawn(paired(word.replace(/(?<!\d)-|-(?!\d)/g, '')));
  const single = drawn(paired(word).replace(/([a-z])\1+/g, '$1'));
  return [`joined ${joined}`, `single ${single}`];
}

/** Letters of Cyrillic and Greek that most fonts draw as a Latin one, lower case. */
const LATIN = new Map(
  Array.from(
    'аaвbсcԁdеeһhіiјjкkӏlмmнhоoрpԛqѕsтtуyԝwхxαaβbεeηnιiκkνvοoρpτtυuχx'.matchAll(/(.)(.)/gu),
    (pair) => [pair[1] ?? '', pair[2] ?? ''],
  ),
);

/**
 * A person's name as it looks: letters and digits alone, without case, width, accents that are hidden or none, and with letters of
 * other scripts that are drawn like Latin ones as those. Two names that look the same give the same text.
 */
export function lookOf(name: string): string {
  const folded = name.normalize('NFKC').toLowerCase().normalize('NFKC');
  const letters = Array.from(folded, (point) => LATIN.get(point) ?? point).filter((point) =>
    /[\p{L}\p{M}\p{N}]/u.test(point),
  );
  // A name without a letter is what it is.
  return letters.length === 0 ? folded : letters.join('');
}
