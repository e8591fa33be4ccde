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
