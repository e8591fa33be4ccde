import { does, requestFlags, several, type Group } from './define.js';

/** exec. CLI.md, Acting. */
export const exec: Group = (program, chosen) => {
  const command = program
    .command('exec')
    .description('run a command that was approved; ask for it first where it was not')
    .usage('[options] [id] -- COMMAND...')
    .argument('[id]', 'which grant; found by the command unless given');
  requestFlags(command)
    .option(
      '--wait',
      'where approval is lacking, wait for it: so it does anyway on a terminal, or with a reason',
    )
    .option('--no-wait', 'where approval is lacking, end at once with `pending`')
    .option('--access <resource>', 'run it under a live grant of access, recorded as a session')
    .option('--record', 'record digests of what it writes to stdout and stderr')
    .option('--output <file>', 'record the digest of this file when it ends (several)', several);
  does(command, chosen, () => import('../commands/exec.js'));
};

/** verify. CLI.md, Acting. */
export const verify: Group = (program, chosen) => {
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
