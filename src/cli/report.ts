import { inspect } from 'node:util';
import { MpaError, type ErrorCode } from '../core/errors.js';

/** Exit statuses of CLI.md. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  untrusted: 3,
  remote: 4,
  key: 5,
  setup: 6,
  execRefused: 125,
  cannotExecute: 126,
  notFound: 127,
  bug: 70,
  cancelled: 130,
} as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

interface Row {
  readonly exit: ExitStatus;
  /** The next step, where the error itself names none. */
  readonly hint: string;
}

const usage = (hint: string): Row => ({ exit: EXIT.usage, hint });
const refused = (hint: string): Row => ({ exit: EXIT.refused, hint });
const untrusted = (hint: string): Row => ({ exit: EXIT.untrusted, hint });
const remote = (hint: string): Row => ({ exit: EXIT.remote, hint });
const key = (hint: string): Row => ({ exit: EXIT.key, hint });
const setUp = (hint: string): Row => ({ exit: EXIT.setup, hint });

const SHOW = 'See `mpa show ID`.';
const ASK_ANEW = 'Ask anew with `mpa request`.';
const SEE_POLICY = 'See the rules with `mpa policy show`.';
const SEE_LIST = 'See `mpa list --all`.';
const DOCTOR = '`mpa doctor` says what is wrong here and what mends it.';

/** The one table from a code to its exit status and next step. A code without a row does not compile. */
export const REPORT: Readonly<Record<ErrorCode, Row>> = {
  usage: usage('See `mpa --help`.'),
  'answer-needed': usage('Give the answer as a flag, or run mpa on a terminal.'),
  'unknown-id': usage(SEE_LIST),
  'ambiguous-id': usage('Type more digits of the id.'),
  'full-id-needed': usage('Type all 64 digits: `mpa show ID` prints them.'),
  'over-limit': usage('The limits are in docs/protocol.md, section 10.'),
  unsupported: usage('See `mpa --help`.'),

  violation: refused('`mpa audit` lists every run that was not authorised.'),
  strict: refused('`mpa audit` without --strict only lists these.'),
  'nothing-to-resume': refused('No halt is in force.'),
  'unsafe-policy': refused('Mend what is listed above, or give --anyway.'),
  conflict: refused('Look at it again, as it is now, and decide anew.'),

  // Refusals of a decision, PROTOCOL.md section 7.
  'unknown-request': refused(SEE_LIST),
  unendorsed: refused('Another founding member runs `mpa approve ANCHOR`; `mpa status` prints the anchor.'),
  void: refused(SHOW),
  denied: refused(ASK_ANEW),
  withdrawn: refused(ASK_ANEW),
  revoked: refused(ASK_ANEW),
  applied: refused('A policy change runs nothing; it is or was in force.'),
  halted: refused('`mpa resume` proposes to lift the halt; another member must approve that.'),
  'requester-left': refused('Someone who is a member now must ask, with a key that the policy lists.'),
  'no-longer-allowed': refused(SEE_POLICY),
  used: refused(ASK_ANEW),
  expired: refused(ASK_ANEW),
  pending: refused('Another member runs `mpa approve ID`.'),
  'too-early': refused('Wait until the window begins; `mpa show ID` says when.'),
  'wrong-runner': refused('Only the requester, or the executor that the request names, may run it.'),
  mismatch: refused('Run exactly what was approved, as `mpa show ID` prints it, or ask anew.'),

  // Reasons why an event is or would be void, same section.
  'no-rule': refused(SEE_POLICY),
  'not-a-requester': refused(SEE_POLICY),
  'exceeds-rule': refused('Ask for less: --for, --uses, --within, --at.'),
  'bad-justification': refused('Give a longer reason with -m.'),
  'bad-ticket': refused('Give the ticket that the rule asks for with --ticket.'),
  'bad-env': refused('Leave the variable away; the rule lists those that it allows.'),
  'bad-stdin': refused('Ask with a standard input that the rule allows.'),
  'bad-pins': refused('Pin the files that the rule asks for.'),
  'bad-executor': refused('Name an executor that the rule allows with --executor.'),
  late: refused(ASK_ANEW),
  'invalid-policy': refused('The problems are listed above; nothing was written.'),
  stale: refused('The policy changed meanwhile: merge the change with it by `mpa policy rebase ID`.'),
  'request-void': refused(SHOW),
  closed: refused(SHOW),
  'self-approval': refused('Another member has to approve it: two people stand behind every grant.'),
  'not-eligible': refused('`mpa show ID` says who could approve it.'),
  duplicate: refused(SHOW),
  'not-allowed': refused(SHOW),
  'unknown-who': refused('`mpa policy show` lists members and executors.'),
  'not-authorised': refused('`mpa verify ID` lists every check.'),
  'unknown-run': refused('`mpa log` lists the runs.'),

  'untrusted-clone': untrusted(DOCTOR),
  missing: untrusted(
    'The branch is gone from the remote. Whoever holds the newest verified head pushes it again; nobody starts anew.',
  ),
  damaged: untrusted(DOCTOR),
  malformed: untrusted('A repository admin sets the branch back to the last good commit.'),
  stranger: untrusted('This branch is not the ledger with this anchor: check the address and the anchor.'),
  rewritten: untrusted(
    'The branch lacks what was verified here. Whoever holds the newest verified head pushes it again. If it is gone for good: `mpa sync --accept HEAD`.',
  ),
  future: untrusted('Check the clocks. It passes by itself when the time has come.'),
  'not-understood': untrusted('Update mpa.'),

  'remote-unreachable': remote(
    'Check the address, the network and your credentials; `git ls-remote` must work.',
  ),
  'remote-not-a-repository': remote('Check the address: there is no git repository.'),
  'remote-refused': remote('The remote did not take the push: check that you may push to it.'),
  'remote-busy': remote('Others were quicker each time. Nothing was written: run it again.'),
  'remote-not-empty': remote('That repository holds this branch already: `mpa join` it, or use another.'),
  'transport-refused': remote('Use a path, file://, ssh://, host:path or https://.'),

  'no-key': key('Make one with `mpa keygen`, or take one with `mpa key import FILE`.'),
  'bad-key': key('Export the key anew; `mpa key list` shows those that can be read.'),
  'bad-passphrase': key('Run it again with the right passphrase.'),
  'unfit-key': key('`mpa key list` shows what is wrong with the key; `mpa key use FPR` takes another.'),
  'signer-failed': key('Nothing was signed: run it again, or `mpa doctor`.'),

  'not-joined': setUp('Join a ledger with `mpa join REMOTE --anchor ID`.'),
  'no-identity': setUp(
    'Say who you are with `mpa join REMOTE --as HANDLE`, with a key that the policy lists.',
  ),
  'bad-config': setUp(DOCTOR),
  'unsafe-permissions': setUp('Take the write permission of others away with chmod.'),
  'foreign-state': setUp(DOCTOR),
  'git-missing': setUp('Install git 2.30 or newer, and have it on the PATH.'),
  'git-too-old': setUp('Install git 2.30 or newer.'),
  disk: setUp('Make room or mend the permissions, then run it again.'),
  'bad-clock': setUp("Set this machine's clock, then run it again."),
  locked: setUp('Another mpa is at work here: wait for it, then run it again.'),

  'cannot-execute': { exit: EXIT.cannotExecute, hint: 'Check the permissions of the program.' },
  'not-found': { exit: EXIT.notFound, hint: 'Check the name of the program and the PATH.' },

  bug: { exit: EXIT.bug, hint: 'This is a defect of mpa: please report it with the lines above.' },
  cancelled: { exit: EXIT.cancelled, hint: '' },
};

/** A failure, ready to be printed. `trace`: the cause of a bug, for a report; null elsewhere. */
export interface Report {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
  readonly exit: number;
  readonly trace: string | null;
}

/**
 * What to print and how to exit, for whatever was thrown. `word`: the command word; every failure of mpa in
 * `exec` exits 125, so that 1 to 124 are the command's own (CLI.md), but 126, 127 and 130.
 */
export function reportOf(thrown: unknown, word: string | undefined): Report {
  const error = expected(thrown);
  const row = REPORT[error.code];
  const hint = error.hint ?? row.hint;
  return {
    code: error.code,
    message: error.message,
    hint: hint === '' ? null : hint,
    exit: word === 'exec' ? execExit(row.exit) : row.exit,
    trace: error.code === 'bug' ? traceOf(error.cause ?? error) : null,
  };
}

const EXEC_OWN: readonly number[] = [EXIT.cannotExecute, EXIT.notFound, EXIT.cancelled];

function execExit(exit: ExitStatus): number {
  return EXEC_OWN.includes(exit) ? exit : EXIT.execRefused;
}

/** Errors of the system that people can mend; all else unknown is a bug. */
function expected(thrown: unknown): MpaError {
  if (thrown instanceof MpaError) return thrown;
  if (thrown instanceof Error) {
    // The exit error of inquirer (Ctrl-C at a prompt), by its name: prompts.ts alone may import it.
    if (thrown.name === 'ExitPromptError' || thrown.name === 'AbortPromptError') {
      return new MpaError('cancelled', 'Cancelled.', { cause: thrown });
    }
    const code = systemCode(thrown);
    if (code !== undefined && DISK.includes(code)) {
      return new MpaError('disk', `The system refused: ${thrown.message}.`, { cause: thrown });
    }
  }
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  return new MpaError('bug', `mpa met something it did not expect: ${words}`, { cause: thrown });
}

const DISK: readonly string[] = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE'];

function systemCode(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' && 'syscall' in error ? error.code : undefined;
}

/** The stacks of an error and of its causes. */
function traceOf(cause: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = cause; at !== undefined && parts.length < 8;) {
    parts.push(at instanceof Error ? (at.stack ?? `${at.name}: ${at.message}`) : inspect(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return parts.join('\ncaused by ');
}
