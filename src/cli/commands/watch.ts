import { asciiJson } from '../../core/show.js';
import { shortId } from '../../workflows/find.js';
import { isCall } from '../../workflows/news.js';
import { realRest } from '../../workflows/wait.js';
import { watch } from '../../workflows/watch.js';
import { hereFolder } from '../action.js';
import type { CliContext, Invocation } from '../invocation.js';
import { newsText, newsView } from '../layout-news.js';
import { notifierOf } from '../notify.js';
import { flag, text } from '../options.js';
import { EXIT } from '../report.js';
import { takeStops } from '../stopping.js';

/** mpa watch: stays, and tells what concerns this person as it arrives. Ends by Ctrl-C, or where nobody reads it any more. */
export async function run({ options }: Invocation, context: CliContext): Promise<number> {
  const { out, clock, env } = context;
  const typed = text(options, 'notify');
  const notifier =
    typed === undefined ? null : notifierOf(typed, hereFolder(), env, (words) => out.warn(words));
  const ws = await context.workspace();
  const stop = new AbortController();
  const ended = { byHand: false };
  const done = takeStops(
    () => {
      ended.byHand = true;
      stop.abort();
    },
    () => undefined,
  );
  process.stdout.on('error', () => stop.abort());
  let begun = false;
  try {
    await watch(ws, {
      news: (found, view) => {
        const now = clock.now();
        if (!begun) {
          out.talk(`Watching ${ws.name}${ws.handle === null ? '' : ` as ${ws.handle}`}. Ctrl-C ends it.`);
          if (view.state.endorsement.closed === null)
            out.talk(`This ledger waits for its endorsement:\n  mpa approve ${shortId(view.anchor)}`);
        }
        begun = true;
        for (const news of found) {
          const document = `${asciiJson({ schema: 'mpa/v1', ...newsView(news, view, now) }, 0)}\n`;
          if (out.json) out.raw(document);
          else out.result(newsText(news, view, now, out.paint.bind(out)));
          notifier?.tell(document);
        }
        if (flag(options, 'bell') && process.stderr.isTTY && found.some(isCall))
          process.stderr.write('\u0007');
      },
      trouble: (error) => {
        if (error === null) out.warn('The remote can be reached again.');
        else out.warn(`The remote cannot be reached, and is tried again: ${error.message}`);
      },
      stop: stop.signal,
      rest: realRest,
    });
  } finally {
    done();
  }
  return ended.byHand ? EXIT.cancelled : EXIT.done;
}
