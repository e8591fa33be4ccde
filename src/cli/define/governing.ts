import { does, type Group } from './define.js';

/** log, audit, sync, doctor. CLI.md, Governing and looking back. */
export const governing: Group = (program, chosen) => {
  does(
    program
      .command('log')
      .description('the ledger, or one request, as a timeline')
      .argument('[id]')
      .option('--offline', 'do not contact the remote'),
    chosen,
    () => import('../commands/log.js'),
  );

  does(
    program
      .command('audit')
      .description('verify everything from the root')
      .option('--since <commit>', 'only list the violations before this commit')
      .option('--head <commit>', 'refuse a branch without this commit, which someone else saw')
      .option('--strict', 'fail on inert commits and interrupted runs too'),
    chosen,
    () => import('../commands/audit.js'),
  );

  does(
    program
      .command('sync')
      .description('fetch and verify, and push what waits')
      .option(
        '--accept <head>',
        'accept a branch that lacks what was verified before: the full id of its new head',
      )
      .option('--yes', 'with --accept: show what vanishes, and do not ask'),
    chosen,
    () => import('../commands/sync.js'),
  );

  does(
    program
      .command('doctor')
      .description('find what is wrong with this set-up and what mends it')
      .option(
        '--rehearse-recovery [file]',
        'only this: could the recovery key (its secret file; else the one in this key store) change the policy?',
      ),
    chosen,
    () => import('../commands/doctor.js'),
  );
};
