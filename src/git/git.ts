import { existsSync } from 'node:fs';
import { MpaError } from '../core/errors.js';
import type { Progress } from '../core/ports.js';
import { Bounds } from './bounds.js';
import type { Environment } from './environment.js';

/**
 * Given to every git process, before the command: no configuration of any repository overrides these. Section 2.4:
 * replace refs, commit-graphs and hooks are off; nothing runs in the background or rewrites the clone by itself.
 */
export const SAFE_CONFIG: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.commitGraph=false',
  'core.multiPackIndex=false',
  'core.packedGitLimit=128m',
  'pack.useBitmaps=false',
  // Each thread holds objects of its own in memory: with twenty cores a pack of deltas would fill it before anybody looks.
  'pack.threads=1',
  'core.useReplaceRefs=false',
  'core.fsmonitor=false',
  'advice.graftFileDeprecated=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'fetch.writeCommitGraph=false',
  'fetch.fsckObjects=false',
  'transfer.fsckObjects=false',
  'fetch.recurseSubmodules=false',
  'fetch.showForcedUpdates=false',
  'submodule.recurse=false',
  'push.recurseSubmodules=no',
  'push.followTags=false',
  'push.gpgSign=false',
];

export const SAFE_FLAGS: readonly string[] = ['--no-replace-objects', '--no-pager'];

/** What ended a git process other than exit status 0. */
export class GitFailure extends Error {
  readonly status: number;
  readonly stdout: string;
  /** What git, and through it the remote, said: hostile text. */
  readonly words: string;

  constructor(status: number, stdout: string, words: string) {
    super(words);
    this.name = 'GitFailure';
    this.status = status;
    this.stdout = stdout;
    this.words = words;
  }
}

export interface GitRun {
  /** Where git starts: a folder that exists. */
  readonly cwd: string;
  readonly env: Environment;
  /** Bytes for standard input; absent: nothing. */
  readonly input?: Uint8Array;
  /** Milliseconds without a word from git after which it is ended, as a failure; absent: it is waited for. */
  readonly silence?: number;
  /** Told how far a transfer has come, as git shows it. */
  readonly progress?: Progress | undefined;
}

/** What git prints again and again while objects travel: it shows that the other side lives, and says nothing. */
const PROGRESS =
  /^(remote: )?(Enumerating|Counting|Compressing|Receiving|Resolving|Unpacking|Writing|Checking|Delta|Total)\b/;

/** Where a transfer stands: of git's own lines, and of their numbers alone, for a server may print such lines too. */
const STANDS = /(Receiving|Unpacking|Resolving)[a-z ]+: +\d+% \((\d{1,12})\/(\d{1,12})\)/g;

function watchProgress(stderr: NodeJS.ReadableStream, progress: Progress): void {
  stderr.on('data', (chunk: Buffer) => {
    for (const [, doing, done, total] of chunk.toString('latin1').matchAll(STANDS))
      if (Number(total) > 0 && Number(done) <= Number(total))
        progress(Number(done), Number(total), doing === 'Resolving' ? 'deltas' : 'objects');
  });
}

/** git's advice to whoever works in a repository by hand; the same with `remote: ` before it is the server's. */
const ADVICE = /^hint:/;

/** What git, and through it the remote, said, without the lines that only show progress or give advice. */
function wordsOf(stderr: string): string {
  return stderr
    .split(/\r\n|[\r\n]/)
    .filter((line) => !PROGRESS.test(line) && !ADVICE.test(line))
    .join('\n');
}

/**
 * Runs one git command and resolves with its standard output as text; rejects with GitFailure on every other exit status
 * than 0 (simple-git alone takes a failure that says nothing for a success), with MpaError `git-missing` where there is
 * no git and `disk` where there is no such folder. Only for output that is ASCII: bytes of objects are read by batch.ts.
 */
export async function git(args: readonly string[], run: GitRun): Promise<string> {
  if (!existsSync(run.cwd)) throw folderGone(run.cwd);
  const { simpleGit } = await import('simple-git');
  let failure: GitFailure | undefined;
  const bounds = new Bounds();
  const client = simpleGit({
    baseDir: run.cwd,
    abort: bounds.signal,
    config: [...SAFE_CONFIG],
    // A helper left in the background (an ssh master, a credential cache) may keep the pipes open for ever.
    completion: { onClose: true, onExit: 2000 },
    allowEnvironment: Object.keys(run.env),
    unsafe: {
      // Each of these is set by ourselves (environment.ts, SAFE_CONFIG), or the user's own and kept on purpose.
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeConfigPaths: true,
      allowUnsafeSshCommand: true,
      allowUnsafeAskPass: true,
      allowUnsafeTemplateDir: true,
    },
    ...(run.silence === undefined ? {} : { timeout: { block: run.silence } }),
    input: () => Buffer.from(run.input ?? []),
    errors: (error, result) => {
      if (bounds.broken !== null) return (failure = new GitFailure(ENDED, '', bounds.broken));
      if (error === undefined && result.exitCode === 0) return undefined;
      const [stdout, words] = [result.stdOut, result.stdErr].map((pieces) =>
        Buffer.concat(pieces).toString(),
      );
      // Ended by a signal, which comes of the limit on silence: simple-git sends it.
      failure = Number.isInteger(result.exitCode)
        ? new GitFailure(result.exitCode, stdout ?? '', wordsOf(words ?? ''))
        : new GitFailure(ENDED, '', `nothing was heard for ${Math.round((run.silence ?? 0) / 1000)} s`);
      return failure;
    },
  })
    .env({ ...run.env })
    .outputHandler((_, stdout, stderr) => {
      bounds.watch(stdout, stderr);
      if (run.progress !== undefined) watchProgress(stderr, run.progress);
    });
  if (run.silence !== undefined) bounds.watchWork();
  try {
    return await client.raw([...SAFE_FLAGS, ...args]);
  } catch (error) {
    // simple-git wraps what it rejects with, and refuses some arguments before it starts anything.
    if (failure === undefined) throw error;
    throw failure.status === NO_PROGRAM ? gitMissing(failure) : failure;
  } finally {
    bounds.stop();
  }
}

/** The status that stands for a git that was ended because the other side said nothing, or too much: timeout(1)'s. */
const ENDED = 124;

/** Node's exit code for a program that could not be found (-ENOENT). */
const NO_PROGRAM = -2;

export function gitMissing(cause: unknown): MpaError {
  return new MpaError('git-missing', 'git was not found in PATH', {
    hint: 'install git 2.30 or newer',
    cause,
  });
}

/** A folder that git was to start in is not there: another process took it away. */
export function folderGone(folder: string): MpaError {
  return new MpaError('disk', `the folder ${folder} is gone`, { hint: 'try again; then mpa doctor' });
}

/** `error` where it says how a git process ended, else null. */
export function failureOf(error: unknown): GitFailure | null {
  return error instanceof GitFailure ? error : null;
}
