import { quoted } from '../core/show.js';

/** So many arguments that differ are shown. */
const SHOWN = 20;

/** A longer one is shown from where it differs on. */
const WIDE = 160;
const BEFORE = 20;

/** So many characters of both are alike. */
function alike(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

/** One argument in shell quoting (as one that is not the first word), a long one cut, and said so. */
function shown(argument: string, from: number): string {
  const begin = argument.length <= WIDE ? 0 : Math.max(0, from - BEFORE);
  const part = argument.slice(begin, begin + WIDE);
  const words = quoted(['x', part]).slice(2);
  return part.length === argument.length
    ? words
    : `${words} (characters ${begin + 1} to ${begin + part.length} of ${argument.length})`;
}

function changed(number: number, approved: string, here: string): string[] {
  const from = alike(approved, here);
  return [`argument ${number}:`, `  approved  ${shown(approved, from)}`, `  here      ${shown(here, from)}`];
}

/** Some are missing or too many: those that were taken away and put in, each with its number on its side. */
async function uneven(approved: readonly string[], here: readonly string[]): Promise<string[]> {
  const { diffArrays } = await import('diff');
  const rows: string[] = [];
  let [before, now] = [0, 0];
  for (const { value, added, removed } of diffArrays([...approved], [...here])) {
    for (const argument of value) {
      if (removed) rows.push(`  approved, not here: argument ${before}  ${shown(argument, 0)}`);
      if (added) rows.push(`  here, not approved: argument ${now}  ${shown(argument, 0)}`);
      if (!added) before += 1;
      if (!removed) now += 1;
    }
  }
  const hidden = rows.length - SHOWN;
  return [
    `arguments: ${approved.length - 1} were approved, here are ${here.length - 1}`,
    ...rows.slice(0, SHOWN),
    ...(hidden > 0 ? [`  ... and ${hidden} more`] : []),
  ];
}

/** The arguments that differ, by number (0: the command's own word), quoted; empty where none does. Section 8.6. */
export async function argumentLines(approved: readonly string[], here: readonly string[]): Promise<string[]> {
  if (approved.length !== here.length) return uneven(approved, here);
  const numbers = approved.flatMap((argument, number) => (argument === here[number] ? [] : [number]));
  const hidden = numbers.length - SHOWN;
  return [
    ...numbers
      .slice(0, SHOWN)
      .flatMap((number) => changed(number, approved[number] ?? '', here[number] ?? '')),
    ...(hidden > 0 ? [`... and ${hidden} more arguments differ`] : []),
  ];
}
