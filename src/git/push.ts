import type { PushOutcome } from '../core/ports.js';
import type { Contact } from './contact.js';
import { remoteTip, setTip } from './fetch.js';
import { failureOf } from './git.js';

/** One line of `git push --porcelain`: flag, `from:to`, and what became of it. */
interface RefLine {
  readonly flag: string;
  readonly summary: string;
}

/**
 * Pushes `to`, which descends from `from`, and only if the branch still stands at `from` (null: is not there). Section 8.1,
 * 8.2: only git's word that the branch moved from the one to the other counts. All else is `refused`, or `unknown` where nobody
 * said no. A server's hook can say yes and do nothing: the next fetch then lacks what was pushed, which is `rewritten`.
 */
export async function pushBranch(contact: Contact, from: string | null, to: string): Promise<PushOutcome> {
  const { status, stdout, words } = await run(contact, from, to);
  const line = refLine(stdout, `${to}:${contact.branch}`);
  const said = [line?.summary, words.trim()].filter((each) => each !== undefined && each !== '').join('\n');
  if (line === null) return { kind: 'unknown', words: said };
  if (line.flag === '!') return { kind: isRefusal(line) ? 'refused' : 'unknown', words: said };
  const moved = from === null ? line.flag === '*' : line.flag === ' ' && line.summary === `${from}..${to}`;
  if (!moved || status !== 0) return { kind: line.flag === '=' ? 'refused' : 'unknown', words: said };
  // Nobody would fetch by itself what `init` has just made: the other founders would be sent to nothing.
  if (from === null) return confirm(contact, to, said);
  await setTip(contact, to);
  return { kind: 'moved' };
}

async function run(
  contact: Contact,
  from: string | null,
  to: string,
): Promise<{ status: number; stdout: string; words: string }> {
  const args = [
    'push',
    '--porcelain',
    '--no-verify',
    '--no-follow-tags',
    '--recurse-submodules=no',
    `--force-with-lease=${contact.branch}:${from ?? ''}`,
    '--end-of-options',
    contact.remote.url,
    `${to}:${contact.branch}`,
  ];
  try {
    return { status: 0, stdout: await contact.there(args), words: '' };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    return failure;
  }
}

function refLine(stdout: string, refs: string): RefLine | null {
  for (const line of stdout.split('\n')) {
    const [flag, found, ...rest] = line.split('\t');
    if (flag?.length === 1 && found === refs) return { flag, summary: rest.join('\t') };
  }
  return null;
}

/** git writes these two where it, or the server, said no. `[remote failure]` and others say that an answer is lacking. */
function isRefusal({ summary }: RefLine): boolean {
  return summary.startsWith('[rejected]') || summary.startsWith('[remote rejected]');
}

async function confirm(contact: Contact, to: string, said: string): Promise<PushOutcome> {
  try {
    const tip = await remoteTip(contact);
    if (tip === to) {
      await setTip(contact, to);
      return { kind: 'moved' };
    }
    return { kind: 'unknown', words: `${said}\nyet the remote shows ${tip ?? 'no such branch'}` };
  } catch (error) {
    return { kind: 'unknown', words: `${said}\n${error instanceof Error ? error.message : String(error)}` };
  }
}
