/** Where live lines are drawn: process.stderr is such. */
export interface Screen {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

/** Lines at the bottom of a terminal, drawn over themselves. */
export interface Live {
  /** Draws what there is to be seen now. Nothing while hidden for good. */
  draw(): void;
  /** Takes the lines away; the next `draw` brings them back. */
  hide(): void;
}

/**
 * Live lines on a terminal. `lines`: what they say now, printable text only, each narrower than `columns`. A terminal that was made
 * narrower meanwhile has broken them into more rows: that many are taken away.
 */
export function liveOn(screen: Screen, lines: (columns: number) => readonly string[]): Live {
  let drawn: readonly string[] = [];
  // Some terminals do not know how wide they are, and say 0.
  const width = (): number => (screen.columns === undefined || screen.columns < 1 ? 80 : screen.columns);
  const hide = (): void => {
    if (drawn.length === 0) return;
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / width())), 0);
    screen.write(`\r${rows > 1 ? `\u001b[${rows - 1}A` : ''}\u001b[J`);
    drawn = [];
  };
  return {
    hide,
    draw: () => {
      const next = lines(width());
      if (next.length === drawn.length && next.every((line, i) => line === drawn[i])) return;
      hide();
      screen.write(next.join('\n'));
      drawn = next;
    },
  };
}
