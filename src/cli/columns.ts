/** How many columns one character takes at most: what terminals disagree on is counted wide. */
export function columnsOfPoint(point: string): number {
  return (point.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2;
}

/** How many columns a line takes at most, whatever the terminal makes of it. */
export function columnsOf(text: string): number {
  if (/^[\0-\u00ff]*$/.test(text)) return text.length;
  let columns = 0;
  for (const point of text) columns += columnsOfPoint(point);
  return columns;
}
