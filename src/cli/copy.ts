/**
 * The control sequence (OSC 52) that has a terminal put `text` on its clipboard. For lines that mpa itself has made, of plain ASCII words:
 * what others wrote never goes where somebody pastes it without a look. Throws on anything else.
 */
export function clipboard(text: string): string {
  if (!/^[a-z0-9][a-z0-9 -]*$/.test(text)) throw new Error('only a line of our own is put on the clipboard');
  return `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`;
}
