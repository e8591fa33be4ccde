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

type CleanUp = () => string | null;

const cleanups = new Set<CleanUp>();

/**
 * Has `work` run, if mpa is interrupted before the returned function is called. It must be quick, synchronous and never throw. It answers
 * what a person should know of it, if anything.
 */
export function onInterrupt(work: CleanUp): () => void {
  cleanups.add(work);
  return () => {
    cleanups.delete(work);
  };
}

/** Removes what must not be left behind: for main.ts, when an interrupt ends mpa. Answers what to say of it. */
export function cleanUp(): string[] {
  const said = [...cleanups].map((work) => work()).filter((words) => words !== null);
  cleanups.clear();
  return said;
}
