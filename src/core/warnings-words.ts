import type { CommandAction } from './action.js';
import { nameOf } from './programs.js';
import { quoted } from './show.js';
import { readsWordsItself } from './warnings-code.js';
import type { Warning } from './warnings.js';

/** Programs that read wildcards, `$` and backticks themselves. */
const OWN_PATTERNS = new Set(
  (
    'grep egrep fgrep zgrep rg ag ack sed find fd locate git rsync zip unzip tar curl wget jq yq expr test rename ' +
    'xmllint aws gsutil gcloud az kubectl redis-cli logger'
  ).split(' '),
);

const OPERATORS = new Set(['|', '||', '&', '&&', ';', '>', '>>', '<', '<<', '<<<', '2>', '2>&1', '&>']);
const WILD = /^[\w./~+,=@%:-]*(\*|\?|\[[^\]]+\])[\w./*?[\]~+,=@%:-]*$/;
const VARIABLE = /\$(\{|\(|[A-Za-z_])/;
const HOME = /(^|=)~[\w-]*(\/|$)/;
const FOLDER = /(^|\/)\.{0,2}$/;
/** Nobody reads further without being told. */
const LONG = 300;

const PLAIN = 'only a shell would expand it: the command gets it as it stands';

/** Examples of what is meant, cut where there are many: the arguments themselves stand above in full. */
function named(words: readonly string[]): string {
  const shown = words.slice(0, 3).map((word) => quoted(['x', word.slice(0, 40)]).slice(2));
  return `${shown.join(' ')}${words.length > shown.length ? ` and ${words.length - shown.length} more` : ''}`;
}

function warn(words: readonly string[], why: string): Warning[] {
  return words.length === 0 ? [] : [{ what: named(words), why }];
}

function expansions(argv: readonly string[]): Warning[] {
  if (readsWordsItself(argv) || OWN_PATTERNS.has(nameOf(argv[0] ?? ''))) return [];
  const words = argv.slice(1);
  return [
    ...warn(
      words.filter((word) => OPERATORS.has(word)),
      'without a shell this is a plain argument: nothing is piped or chained',
    ),
    ...warn(
      words.filter(
        (word) =>
          (!word.startsWith('-') && WILD.test(word) && !word.includes('://')) ||
          VARIABLE.test(word) ||
          HOME.test(word) ||
          word.includes('`'),
      ),
      PLAIN,
    ),
  ];
}

/** What the arguments look like and are not, and what nobody would see in them. By text alone: the machine that runs it is not asked. */
export function wordWarnings({ argv }: CommandAction): Warning[] {
  const words = argv.slice(1);
  return [
    ...expansions(argv),
    ...warn(
      words.filter((word) => word !== '' && !word.includes('://') && FOLDER.test(word)),
      'a folder: what is in it is not pinned',
    ),
    ...warn(
      words.filter((word) => word.length > LONG),
      `longer than ${LONG} characters: read it to its end`,
    ),
  ];
}
