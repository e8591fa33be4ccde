import { readFileSync } from 'node:fs';

/** One command of a console block, and the lines shown under it. */
export interface Typed {
  readonly who: string;
  readonly command: string;
  readonly shown: readonly string[];
}

/** Every command of every shell block of a Markdown file, in order. A block of any other shell language is an error: it would not be run. */
export function consoleOf(file: string): Typed[] {
  const typed: (Typed & { shown: string[] })[] = [];
  let language: string | null = null;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const fence = /^```(.*)$/.exec(line);
    if (fence !== null) {
      language = language === null ? (fence[1] ?? '') : null;
      if (language !== null && /^(sh|bash|shell|zsh)/.test(language))
        throw new Error(`${file} has a ${language} block`);
      continue;
    }
    if (language !== 'console') continue;
    const command = /^([a-z]+)\$ (.*)$/.exec(line);
    if (command !== null) typed.push({ who: command[1] ?? '', command: command[2] ?? '', shown: [] });
    else typed.at(-1)?.shown.push(line);
  }
  return typed;
}
