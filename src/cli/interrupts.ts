let holders = 0;

/**
 * Keeps Ctrl-C from ending mpa until the returned function is called: a running command has the terminal, gets the
 * signal itself, and mpa must live to record how it ended.
 */
export function holdInterrupts(): () => void {
  holders += 1;
  let held = true;
  return () => {
    if (held) holders -= 1;
    held = false;
  };
}

/** Whether somebody holds interrupts now. */
export function interruptsHeld(): boolean {
  return holders > 0;
}

const cleanups = new Set<() => void>();

/** Has `work` run, if mpa is interrupted before the returned function is called. It must be quick, synchronous and never throw. */
export function onInterrupt(work: () => void): () => void {
  cleanups.add(work);
  return () => {
    cleanups.delete(work);
  };
}

/** Removes what must not be left behind: for main.ts, when an interrupt ends mpa. */
export function cleanUp(): void {
  for (const work of cleanups) work();
  cleanups.clear();
}
