import { MpaError, type ErrorCode } from '../core/errors.js';

/** One thing that was looked at. `bad` stops work, `warn` will or may. */
export interface Finding {
  readonly what: string;
  readonly level: 'ok' | 'warn' | 'bad';
  readonly detail: string;
  /** The command or act that mends it; null where nothing has to be mended. */
  readonly mend: string | null;
  /** The code that a command would fail with; null: none. */
  readonly code: ErrorCode | null;
}

/** Nothing is wrong. */
export function fine(what: string, detail: string): Finding {
  return { what, level: 'ok', detail, mend: null, code: null };
}

/** It works, but somebody should know. */
export function doubtful(what: string, detail: string, mend: string): Finding {
  return { what, level: 'warn', detail, mend, code: null };
}

/** What an error says, as a finding. Anything but an MpaError is thrown on: a bug is no finding. */
export function failing(what: string, error: unknown): Finding {
  if (!(error instanceof MpaError) || error.code === 'bug') throw error;
  return { what, level: 'bad', detail: error.message, mend: error.hint ?? null, code: error.code };
}
