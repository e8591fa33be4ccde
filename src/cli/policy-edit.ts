import { MpaError } from '../core/errors.js';
import { exact } from '../core/show.js';

/** What came of an editor: the text as it is now, and whether the editor ended well. */
export interface Edited {
  readonly text: string;
  readonly well: boolean;
}

/** What is wrong with a text, in lines for its top, which push the text down by `shift` lines; as many whatever that is. */
export type Objections = (shift: number) => readonly string[];

/** What the editing of a policy needs of the world. */
export interface Desk {
  /** Opens the text in the person's editor, and waits. */
  open(text: string): Promise<Edited>;
  /** null: nothing stands in the way. */
  objections(text: string): Promise<Objections | null>;
  /** Keeps the text for later; where. */
  keep(text: string): Promise<string>;
}

/** The first characters of the lines at the top that mpa writes about errors, and takes away before it writes others. */
const MARK = '#! ';

const PRIVATE = /-----BEGIN PGP PRIVATE KEY BLOCK-----[\s\S]*?(?:-----END PGP PRIVATE KEY BLOCK-----|$)/g;

/** The text without the lines about errors at its top, and without the private keys that somebody took for public ones: nobody stores those. */
export function cleaned(text: string): string {
  const rows = text.split('\n');
  const own = rows.findIndex((row) => !row.startsWith(MARK.trimEnd()));
  return (own < 0 ? '' : rows.slice(own).join('\n')).replaceAll(
    PRIVATE,
    '(a private key stood here, and was not kept)',
  );
}

function withObjections(text: string, objections: Objections): string {
  const before = [
    'This could not be proposed yet. Mend it, save, and leave the editor;',
    'saved as it is, or empty, it is kept in a file for later.',
  ];
  const rows = [...before, ...objections(before.length + objections(0).length)];
  return [...rows.map((row) => `${MARK}${row}`.trimEnd()), cleaned(text)].join('\n');
}

/** Whether there is more in a text than comments. */
function isEmpty(text: string): boolean {
  return text.split('\n').every((row) => row.trim() === '' || row.trimStart().startsWith('#'));
}

/** Ends the editing, and says where the text is. Errors: `cancelled`; `code` otherwise. */
async function kept(
  desk: Desk,
  text: string,
  why: string,
  code: 'cancelled' | 'invalid-policy',
): Promise<never> {
  const file = exact(await desk.keep(cleaned(text)));
  throw new MpaError(code, `${why} Nothing was proposed. What you wrote is kept in ${file}.`, {
    hint: `Go on with it: mpa policy propose ${file}`,
  });
}

/**
 * Lets a person edit `start` until nothing stands in its way; the text. With errors the editor opens again, with them on top. Who saves that as
 * it is, empties it, or whose editor fails has given up: what they wrote is kept. Errors: `cancelled`, `invalid-policy` (given up with errors).
 */
export async function edited(start: string, desk: Desk): Promise<string> {
  let shown = start;
  // What was last written that is worth keeping.
  let last: string | null = null;
  for (;;) {
    const { text, well } = await desk.open(shown);
    const touched = cleaned(text) !== cleaned(shown);
    if (touched && !isEmpty(text)) last = text;
    if (!well) {
      if (last === null) throw new MpaError('cancelled', 'The editor failed: nothing was proposed.');
      await kept(desk, last, 'The editor failed.', 'cancelled');
    }
    if (isEmpty(text) || !touched) {
      if (last === null) throw new MpaError('cancelled', 'Nothing was changed, and nothing was proposed.');
      if (isEmpty(text)) await kept(desk, last, 'The text was emptied.', 'cancelled');
      else await kept(desk, last, 'It was left as it is, with errors.', 'invalid-policy');
    }
    const objections = await desk.objections(cleaned(text));
    if (objections === null) return cleaned(text);
    shown = withObjections(text, objections);
  }
}
