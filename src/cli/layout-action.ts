import type { Action, CommandAction, Content } from '../core/action.js';
import { exact, quoted } from '../core/show.js';
import { shortId } from '../workflows/find.js';
import { commandText, field, type Paint } from './layout-words.js';

function contentText({ sha256, size, attached }: Content): string {
  return `${size} bytes, SHA-256\n${sha256}${attached ? '\nattached to the request' : ''}`;
}

function stdinText(action: CommandAction, actor: string, paint: Paint): string {
  if (action.stdin === undefined) return 'nothing (/dev/null)';
  if (action.stdin !== 'terminal') return contentText(action.stdin);
  return paint('warn', `the terminal: ${actor} may type anything into it, unseen by you`);
}

function placeLines(action: CommandAction): string[] {
  if (action.executor !== undefined) return [field('on', `the executor ${action.executor}`)];
  const { program = '', host = '', user = '', cwd = '' } = action;
  return [
    field('program', exact(program)),
    field('in', exact(cwd)),
    field('as', `${exact(user)} on ${exact(host)}`),
  ];
}

function environmentLines(action: CommandAction): string[] {
  const set = Object.entries(action.env ?? {}).map(([name, value]) => `${exact(name)}=${quoted([value])}`);
  const passed = (action.passEnv ?? []).map(exact);
  return [
    ...(set.length === 0 ? [] : [field('sets', set.join('\n'))]),
    ...(passed.length === 0
      ? []
      : [field('passes', `${passed.join(' ')}\n(their values are not shown to anybody)`)]),
  ];
}

function commandLines(action: CommandAction, actor: string, paint: Paint): string[] {
  const pins = (action.pins ?? []).map((pin) => field('pinned', `${exact(pin.path)}\n${contentText(pin)}`));
  return [
    field('runs', paint('strong', commandText(action))),
    ...placeLines(action),
    ...environmentLines(action),
    field('stdin', stdinText(action, actor, paint)),
    ...pins,
  ];
}

/** What exactly is asked for, as lines: nothing is left out and nothing is cut. Section 9. */
export function actionLines(action: Action, actor: string, paint: Paint): string[] {
  if (action.kind === 'command') return commandLines(action, actor, paint);
  if (action.kind === 'access') return [field('access', paint('strong', exact(action.resource)))];
  return [field('policy', `in place of ${shortId(action.base)}; the whole of it stands below`)];
}
