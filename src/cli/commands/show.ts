import { joinPath } from '../../core/paths.js';
import { MpaError } from '../../core/errors.js';
import { solid } from '../../core/show.js';
import { describeTarget } from '../../workflows/approve.js';
import type { Contents } from '../../workflows/contents.js';
import { findTarget } from '../../workflows/find.js';
import { look } from '../../workflows/look.js';
import { readable } from '../../workflows/text-diff.js';
import type { CliContext, Invocation } from '../invocation.js';
import { numbered } from '../layout-files.js';
import { flag, text } from '../options.js';
import { showLong } from '../pager.js';
import { contentsFor, requestText, viewOf } from '../present.js';

/** The file that a person means: by its path as shown, or relative to where they are; `-` is the standard input. */
function fileNamed(contents: readonly Contents[], typed: string, cwd: string): Contents {
  const found =
    contents.find(({ path }) => (typed === '-' ? path === null : path === typed)) ??
    contents.find(({ path }) => path !== null && path === joinPath(cwd, typed));
  if (found !== undefined) return found;
  const names = contents.map(({ path }) => (path === null ? '-' : solid(path)));
  throw new MpaError('usage', `The request names no file ${solid(typed)}.`, {
    hint: names.length === 0 ? 'It names no files at all.' : `It names: ${names.join(', ')}`,
  });
}

/** One attached file: its very bytes into a pipe or a file; on a terminal text only, and escaped. Section 9. */
function printFile({ attached, bytes, path }: Contents, { out }: CliContext): void {
  const name = path === null ? 'its standard input' : solid(path);
  if (out.json) throw new MpaError('usage', '--file prints the bytes of a file, which --json cannot hold.');
  if (!attached)
    throw new MpaError('usage', `The request knows ${name} by its digest alone: nothing is attached.`);
  if (bytes === null)
    throw new MpaError(
      'mismatch',
      `What is attached as ${name} is not in the ledger, or is not what the request says.`,
    );
  const screen = out.screen('result');
  if (screen === null && !out.isTerminal('result')) {
    out.raw(bytes);
    return;
  }
  const words = readable(bytes);
  if (words === null)
    throw new MpaError('usage', `${name} is no text that a terminal could show.`, {
      hint: 'Send it elsewhere: mpa show ID --file PATH | file -',
    });
  out.result(numbered(words, screen?.columns ?? 80).join('\n'));
}

/** mpa show. */
export async function run({ args, options }: Invocation, context: CliContext): Promise<undefined> {
  const { out, clock, setup } = context;
  const ws = await context.workspace();
  const view = await out.during('Fetching', () => look(ws, flag(options, 'offline')));
  const target = findTarget(view.state, args[0] ?? '');
  const now = clock.now();
  const contents = target.kind === 'genesis' ? [] : await contentsFor(ws, view, target.record.id);
  const file = text(options, 'file');
  if (file !== undefined) {
    printFile(fileNamed(contents, file, setup.cwd), context);
    return;
  }
  out.document({ request: viewOf(view, target, now) });
  if (out.json) return;
  const presenting = { which: 'result', history: true, wholePolicy: flag(options, 'full') } as const;
  const described = describeTarget(view, target, now);
  const { text: shown, summary } = await requestText(ws, view, described, contents, context, presenting);
  await showLong(context, 'result', shown, summary, 1);
}
