import type { AccessRequest, CommandRequest, Digest, Exit } from '../core/events.js';
import type { RequestRecord } from '../core/state.js';

/** The standard input of a process. `bytes`: what was approved, open for reading at its first byte. */
export type Input =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'terminal' }
  | { readonly kind: 'bytes'; readonly descriptor: number };

/** The login under which an executor runs what was approved, as the password database has it. Section 8.7. */
export interface Account {
  readonly login: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** The fixed PATH of what runs. */
  readonly path: string;
  /** Whether mpa itself runs under it; else mpa is root. */
  readonly own: boolean;
}

/** What the one who starts processes is handed: approved, and nothing of it is looked up again. */
export interface Launch {
  /** The request of a command; or of an access, under which the caller chose the command. */
  readonly record: RequestRecord & { readonly event: CommandRequest | AccessRequest };
  readonly program: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly input: Input;
  /** Second (since 1970) at which the window ends, for people to be told; null: it has none. */
  readonly windowEnd: number | null;
  /** Second at which the runner ends what still runs, for a rule with `enforceEnd`; null: never. */
  readonly until: number | null;
  /** Whether output and errors pass through mpa, to be digested. */
  readonly digests: boolean;
  /** On an executor: under which login, of whose caller nothing is taken; null: as whoever runs mpa. */
  readonly account: Account | null;
}

/** How a process ended. `failed`: nothing was spawned. `stdout`, `stderr`: what passed through, where that was asked for. */
export interface Outcome {
  readonly exit: Exit;
  readonly millis: number;
  readonly stdout?: Digest;
  readonly stderr?: Digest;
}

/** Starts one process, without a shell, and waits for its end. What the process does is never an exception. */
export type Launcher = (launch: Launch) => Promise<Outcome>;
