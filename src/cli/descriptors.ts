import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';

/** Where nothing can be listed: what a shell can number by itself, and then some. */
const GUESS = 255;

/** Linux: flags of an open file that is closed when another program starts. */
const CLOEXEC = 0o2000000;

/** Whether the descriptor would stay open in a child. Where nobody can say, it would. */
function isInherited(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    return flags === undefined || (parseInt(flags, 8) & CLOEXEC) === 0;
  } catch {
    // Closed meanwhile (the listing's own), or a system that does not tell.
    return process.platform !== 'linux';
  }
}

/** The descriptors from 3 on that this process would hand to a child. */
function inherited(): number[] {
  for (const folder of ['/proc/self/fd', '/dev/fd']) {
    try {
      return readdirSync(folder)
        .map(Number)
        .filter((fd) => fd > 2 && isInherited(fd));
    } catch {
      continue;
    }
  }
  return Array.from({ length: GUESS - 2 }, (_, i) => i + 3);
}

/**
 * Places of a child's `stdio` from the fourth on, so that it gets none of the caller's descriptors above 2 (section 8.6): each
 * that it would inherit is /dev/null instead. `ignore` there would leave it open, whatever node's manual says: libuv only covers the
 * first three. `close` is to be called once the child was spawned.
 */
export function covered(): { readonly stdio: readonly ('ignore' | number)[]; close(): void } {
  const leaks = inherited();
  if (leaks.length === 0) return { stdio: [], close: () => undefined };
  const nothing = openSync('/dev/null', 'r+');
  const stdio = Array.from({ length: Math.max(...leaks) - 2 }, (_, i) =>
    leaks.includes(i + 3) ? nothing : ('ignore' as const),
  );
  return {
    stdio,
    close: () => {
      closeSync(nothing);
    },
  };
}
