import { does, type Group } from './define.js';

/** completion, and what its scripts ask. CLI.md, Governing and looking back. */
export const completion: Group = (program, chosen) => {
  does(
    program
      .command('completion')
      .description('print the completion script of a shell: bash, zsh or fish')
      .argument('<shell>'),
    chosen,
    () => import('../commands/completion.js'),
  );
  does(
    program.command('complete', { hidden: true }).usage('-- WORDS...'),
    chosen,
    () => import('../commands/complete.js'),
  );
};
