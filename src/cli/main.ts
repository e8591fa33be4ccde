import process from 'node:process';
import { MpaError } from '../core/errors.js';
import { splitArgv } from './argv.js';
import { cleanUp, interruptsHeld } from './interrupts.js';
import type { Globals } from './invocation.js';
import { EXIT, reportOf } from './report.js';
import { VERSION } from './version.js';

const argv = splitArgv(process.argv.slice(2));

/** What could not be written to stdout, if anything: found out only after the write. */
let unwritten: Error | null = null;

process.stdout.on('error', (error: Error) => {
  // A reader that has seen enough (`mpa list | head -1`) is no failure.
  if (!('code' in error && error.code === 'EPIPE')) unwritten = error;
});
process.stderr.on('error', () => undefined);

process.on('SIGINT', () => {
  if (interruptsHeld()) return;
  const said = cleanUp();
  const hint = said.length === 0 ? {} : { hint: said.join('\n') };
  void fail(new MpaError('cancelled', 'Cancelled.', hint), null).then(leave);
});
for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  const end = (): void => {
    if (interruptsHeld()) return;
    cleanUp();
    process.off(signal, end);
    process.kill(process.pid, signal);
  };
  process.on(signal, end);
}
process.on('uncaughtException', (error) => {
  void fail(error, null).then(leave);
});

await run().then(leave);

/** Runs one command line. The only catch of mpa; the result is the exit status. */
async function run(): Promise<number> {
  let globals: Globals | null = null;
  try {
    if (argv.before.length === 1 && (argv.before[0] === '--version' || argv.before[0] === '-V')) {
      process.stdout.write(`${VERSION}\n`);
      return EXIT.done;
    }
    const { parse } = await import('./program.js');
    const parsed = await parse(argv, {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
    });
    if (parsed === null) return EXIT.done;
    globals = parsed.invocation.globals;
    const [{ createContext }, command] = await Promise.all([import('./context.js'), parsed.load()]);
    const context = await createContext(parsed.invocation);
    const status = await command.run(parsed.invocation, context);
    await context.afterwards();
    return status ?? EXIT.done;
  } catch (error) {
    return fail(error, globals);
  }
}

/** Prints a failure and says how to exit. `globals`: null before the flags are parsed. */
async function fail(thrown: unknown, globals: Globals | null): Promise<number> {
  const report = reportOf(thrown, argv.word);
  const { printReport } = await import('./output.js');
  printReport(report, {
    stdout: process.stdout,
    stderr: process.stderr,
    json: globals?.json ?? argv.json,
  });
  return report.exit;
}

/** The only exit: after what was written has left. */
async function leave(status: number): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  if (unwritten !== null && status === EXIT.done) {
    const error = new MpaError('disk', `The result could not be written: ${unwritten.message}.`, {
      cause: unwritten,
    });
    process.exit(await fail(error, null));
  }
  process.exit(status);
}
