import type { Action, CommandAction } from './action.js';
import { exact } from './show.js';
import { formatDuration } from './time.js';
import { codeWarnings } from './warnings-code.js';
import { CHOOSES, choosesCode } from './warnings-variables.js';
import { wordWarnings } from './warnings-words.js';

/** Something that lets a requester do more than an approver sees at a glance. Both texts are safe to show (section 9). */
export interface Warning {
  /** What it is about: `bash -c`, `PATH`, `terminal`. */
  readonly what: string;
  /** What it means, for a tired person: no full stop at its end. */
  readonly why: string;
}

/** What is known beside the action. */
export interface Circumstances {
  /** Seconds, and runs, that the request asks for; null where its kind has none. */
  readonly duration: number | null;
  readonly uses: number | null;
  /** The logins that the policy gives the requester; empty: it names none. */
  readonly logins: readonly string[];
  /** The hosts of what this person asked for before; empty: nothing yet. */
  readonly hosts: readonly string[];
}

const LONG = 8 * 3600;
const MANY = 10;

function variableWarnings({ env = {}, passEnv = [] }: CommandAction): Warning[] {
  const named = [...Object.keys(env), ...passEnv].filter(choosesCode);
  return [
    ...named.map((name) => ({ what: exact(name), why: CHOOSES })),
    ...(passEnv.length === 0
      ? []
      : [{ what: passEnv.map(exact).join(' '), why: 'passed with values that nobody here sees' }]),
  ];
}

function pinWarnings({ pins = [], stdin }: CommandAction): Warning[] {
  const unread = pins.filter(({ attached }) => !attached).length;
  const input = typeof stdin === 'object' && !stdin.attached;
  return [
    ...(unread === 0
      ? []
      : [
          {
            what: unread === 1 ? 'one file' : `${unread} files`,
            why: 'known by digest alone: nobody can read it here',
          },
        ]),
    ...(input ? [{ what: 'stdin', why: 'known by digest alone: nobody can read it here' }] : []),
  ];
}

function placeWarnings({ host, user }: CommandAction, { logins, hosts }: Circumstances): Warning[] {
  const found: Warning[] = [];
  if (user === 'root') found.push({ what: 'root', why: 'it runs with every right on that machine' });
  else if (user !== undefined && logins.length > 0 && !logins.includes(user))
    found.push({ what: exact(user), why: 'not a login that the policy gives the requester' });
  if (host !== undefined && hosts.length > 0 && !hosts.includes(host))
    found.push({ what: exact(host), why: 'a machine that the requester never asked for before' });
  return found;
}

function limitWarnings({ duration, uses }: Circumstances): Warning[] {
  return [
    ...(duration !== null && duration > LONG
      ? [{ what: formatDuration(duration), why: 'a long time to leave a door open: `for 1h` narrows it' }]
      : []),
    ...(uses !== null && uses > MANY
      ? [{ what: `${uses} uses`, why: 'that is how often it may run: `uses 1` narrows it' }]
      : []),
  ];
}

/** What means the same stands in one warning: fifty variables are no fifty lines. */
function together(found: readonly Warning[]): Warning[] {
  const byWhy = new Map<string, Set<string>>();
  for (const { what, why } of found) byWhy.set(why, (byWhy.get(why) ?? new Set()).add(what));
  return [...byWhy].map(([why, whats]) => ({ what: [...whats].join(', '), why }));
}

/**
 * What lets the requester do more than the screen shows at a glance: terminal and code first, then other people and machines, files, variables,
 * words and limits. Judges by text alone and by names that it knows: silence proves nothing.
 */
export function warnings(action: Action, known: Circumstances): readonly Warning[] {
  if (action.kind === 'policy') return [];
  if (action.kind === 'access') return limitWarnings(known);
  return together([
    ...codeWarnings(action),
    ...placeWarnings(action, known),
    ...pinWarnings(action),
    ...variableWarnings(action),
    ...wordWarnings(action),
    ...limitWarnings(known),
  ]);
}
