import { MpaError } from '../core/errors.js';
import { exact } from '../core/show.js';

/** The working directory as the kernel names it. Error: `usage` where it is gone. */
export function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new MpaError('usage', 'The current working directory is gone.', {
      cause,
      hint: 'Change to one that is there: cd /',
    });
  }
}

/** `folder`, if its name can stand in a request. What is not UTF-8 reaches node with U+FFFD in it, and names nothing any more. Error: `usage`. */
export function nameable(folder: string): string {
  if (!folder.includes('\ufffd')) return folder;
  throw new MpaError(
    'usage',
    `The folder ${exact(folder)} has a name that is not valid UTF-8, which a request cannot carry.`,
  );
}
