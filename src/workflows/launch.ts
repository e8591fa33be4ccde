import type { Exit } from '../core/events.js';
import type { CommandRecord } from './grant.js';

/** The standard input of a process. `bytes`: what was approved, open for reading at its first byte. */
export type Input =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'terminal' }
  | { readonly kind: 'bytes'; readonly descriptor: number };

/** What the one who starts processes is handed: approved, and nothing of it is looked up again. */
export interface Launch {
  readonly record: CommandRecord;
  readonly program: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly input: Input;
  /** Second (since 1970) at which the runner ends what still runs, for a rule with `enforceEnd`; null: never. */
  readonly until: number | null;
}

/** How a process ended. `failed`: nothing was spawned. */
export interface Outcome {
  readonly exit: Exit;
  readonly millis: number;
}

/** Starts one process, without a shell, and waits for its end. What the process does is never an exception. */
export type Launcher = (launch: Launch) => Promise<Outcome>;
