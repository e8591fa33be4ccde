import { exact } from '../core/show.js';
import type { Left, Pinned } from './pinning.js';

/** So many names stand in one line. */
const NAMES = 6;

function list(names: readonly string[]): string {
  const hidden = names.length - NAMES;
  const shown = names.slice(0, NAMES).join(', ');
  return hidden > 0 ? `${shown} and ${hidden} more` : shown;
}

/** One line on what was left in one way. */
type Words = (names: string, many: boolean) => string;

const LEFT: readonly (readonly [readonly Left['why'][], Words])[] = [
  [
    ['folder'],
    (names, many) =>
      many
        ? `${names} are folders: what is in them is not pinned.`
        : `${names} is a folder: what is in it is not pinned.`,
  ],
  [['no-file'], (names, many) => `${names} ${many ? 'are' : 'is'} no regular file: not pinned.`],
  [['unwanted'], (names, many) => `${names} ${many ? 'have' : 'has'} more than 64 MiB: not pinned.`],
  [['unreadable', 'broken'], (names) => `${names}: not pinned, since you cannot read it.`],
  [['outside'], (names) => `${names}: outside of this folder, so not sent to the executor.`],
  [
    ['not-attached'],
    (names) =>
      `${names}: pinned, but not attached: a request carries at most 10 MiB, so approvers see only the digest.`,
  ],
];

/** What approvers will not see of what the command names: lines for the one who asks. Escaped. */
export function leftWords(left: readonly Left[]): string[] {
  return LEFT.flatMap(([whys, words]) => {
    const names = left.filter(({ why }) => whys.includes(why)).map(({ typed }) => exact(typed));
    return names.length === 0 ? [] : [words(list(names), names.length > 1)];
  });
}

function sizeWords(size: number): string {
  return size === 1 ? '1 byte' : `${size} bytes`;
}

/** What was pinned, in a line or two. Escaped. */
export function pinnedWords({ action, names }: Pinned): string[] {
  const pins = action.pins ?? [];
  const shown = (attached: boolean): string[] =>
    names.flatMap((name, i) => (pins[i]?.attached === attached ? [exact(name)] : []));
  const [text, bare] = [shown(true), shown(false)];
  const { stdin } = action;
  return [
    ...(text.length === 0 ? [] : [`Pinned, and sent along to be read: ${list(text)}.`]),
    ...(bare.length === 0 ? [] : [`Pinned by digest: ${list(bare)}.`]),
    ...(typeof stdin === 'object' && !stdin.attached
      ? [
          `Standard input (${sizeWords(stdin.size)}) is not sent along: give it again with --stdin when it runs.`,
        ]
      : []),
  ];
}
