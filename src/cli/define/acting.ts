import { does, later, type Group } from './define.js';

/** exec, verify. CLI.md, Acting. */
export const acting: Group = (program, chosen) => {
  const exec = program
    .command('exec')
    .description('run a command that was approved')
    .usage('[options] [id] -- COMMAND...')
    .argument('[id]', 'which grant; found by the command unless given')
    .option('--no-wait', 'where there is no grant, fail at once');
  // exec asks for nothing by itself in this version: the flags of request belong to request.
  later(
    exec,
    '-m, --reason <text>',
    '-F, --reason-file <file>',
    '--for <duration>',
    '--within <duration>',
    '--at <time>',
    '--uses <count>',
    '--ticket <text>',
    '--cwd <folder>',
    '--env <name[=value]>',
    '--pass-env <name>',
    '--pin <file>',
    '-i, --interactive',
    '--stdin <file>',
    '--wait',
  );
  does(exec, chosen, () => import('../commands/exec.js'));

  does(
    program
      .command('verify')
      .description('the decision on a request, with every check; spends nothing')
      .usage('[options] [id] [-- COMMAND...]')
      .argument('[id]')
      .option('--access <resource>', 'whether a member may use this resource now')
      .option('--as <handle>', 'that member')
      .option('--offline', 'do not contact the remote'),
    chosen,
    () => import('../commands/verify.js'),
  );
};
