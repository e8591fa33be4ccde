import type { Account, Input } from './launch.js';

/** Where and with what a command is about to run. */
export interface Place {
  readonly program: string;
  readonly cwd: string;
  /** Its descriptor, where it has one, is closed by whoever asked for the place. */
  readonly input: Input;
  readonly account: Account | null;
  /** To be called once the command has ended and its outputs were looked at. Never throws. */
  leave(): Promise<void>;
}
