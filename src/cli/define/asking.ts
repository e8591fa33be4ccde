import { does, requestFlags, type Group } from './define.js';

/** request, list, watch, show, approve, deny, revoke, withdraw, halt, resume. CLI.md, Asking and answering. */
export const asking: Group = (program, chosen) => {
  const request = program
    .command('request')
    .description('ask for a command (after `--`) or for access')
    .usage('[options] -- COMMAND...');
  requestFlags(request)
    .option('--access <resource>', 'ask for access to a resource in place of a command')
    .option('--wait', 'wait until it is approved, or can never be');
  does(request, chosen, () => import('../commands/request.js'));

  const list = program
    .command('list')
    .alias('ls')
    .description('requests, newest first')
    .option('--pending', 'those that lack approvals')
    .option('--mine', 'those that you asked for')
    .option('--for-me', 'those that you could approve')
    .option('--all', 'closed ones too')
    .option('--offline', 'do not contact the remote');
  does(list, chosen, () => import('../commands/list.js'));
  const inbox = program
    .command('inbox')
    .description('requests that you could approve (list --for-me)')
    .option('--all', 'closed ones too')
    .option('--offline', 'do not contact the remote');
  does(inbox, chosen, () => import('../commands/list.js'), { forMe: true });

  does(
    program
      .command('watch')
      .description('stays, and tells what concerns you as it arrives')
      .option('--bell', 'ring where something waits for you')
      .option('--notify <program>', 'run it for each event, with the event as JSON on its standard input'),
    chosen,
    () => import('../commands/watch.js'),
  );

  does(
    program
      .command('show')
      .description('everything about one request')
      .argument('<id>')
      .option('--file <path>', 'print one attached file as it is (- for the standard input)')
      .option('--full', 'of a policy change the whole policy, not only what changes')
      .option('--offline', 'do not contact the remote'),
    chosen,
    () => import('../commands/show.js'),
  );

  does(
    program
      .command('approve')
      .description('sign a request (or, with the anchor, endorse a new ledger)')
      .argument('<id>')
      .option('--comment <text>', 'words that go with the signature')
      .option('--for <duration>', 'approve for a shorter time')
      .option('--uses <count>', 'approve fewer uses')
      .option('--yes', 'ask nothing; wants the full 64-digit id'),
    chosen,
    () => import('../commands/approve.js'),
  );

  const reason = '-m, --reason <text>';
  does(
    program
      .command('deny')
      .description('end a request that you could approve')
      .argument('<id>')
      .option(reason, 'why'),
    chosen,
    () => import('../commands/deny.js'),
  );
  does(
    program
      .command('revoke')
      .description('end a request or grant that you could approve')
      .argument('<id>')
      .option(reason, 'why'),
    chosen,
    () => import('../commands/revoke.js'),
  );
  does(
    program
      .command('withdraw')
      .description('end a request of your own')
      .argument('<id>')
      .option(reason, 'why'),
    chosen,
    () => import('../commands/withdraw.js'),
  );
  does(
    program
      .command('halt')
      .description('stop everything at once, or everything of one handle')
      .option('--who <handle>', 'a member or executor; everything unless given')
      .option(reason, 'why'),
    chosen,
    () => import('../commands/halt.js'),
  );
  does(
    program
      .command('resume')
      .description('propose the policy in force anew, which lifts a halt once another approves')
      .option(reason, 'why'),
    chosen,
    () => import('../commands/resume.js'),
  );
};
