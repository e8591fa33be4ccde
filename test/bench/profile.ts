import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What of a `.cpuprofile` of V8 is read here. Times in microseconds. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const CHUNKS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^openpgp/, 'openpgp.js: opening the key, making the signature packet'],
  [/^signatures-/, 'signatures: armor, packets, mathematics'],
  [/^ledger-/, 'the ledger: reading, judging, deciding, writing; talking with git'],
  [/./, 'the command line: configuration, screens, finding and comparing what runs'],
];

/** What one function belongs to, by the file that it stands in; null: to its caller. */
function areaOf(name: string, url: string): string | null {
  if (name === '(garbage collector)') return 'garbage collection';
  if (name === '(idle)') return 'waiting (processes, disk)';
  if (name === '(program)') return 'node itself, in native code';
  if (/^node:internal\/(modules|vm|deps\/cjs)/.test(url)) return 'modules: finding, reading, compiling';
  if (url.startsWith('node:') || url === '') return null;
  const file = url.split('/').at(-1) ?? '';
  // A file's own top level is run when it is loaded.
  if (name === '') return 'modules: running their top level';
  return CHUNKS.find(([pattern]) => pattern.test(file))?.[1] ?? null;
}

/** The time of the one process whose profile lies in `folder`, in milliseconds, by what it belongs to. */
export function areasOf(folder: string): Map<string, number> {
  const [name = ''] = readdirSync(folder).filter((each) => each.endsWith('.cpuprofile'));
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile;
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const known = new Map<number, string>();
  const areaFrom = (id: number): string => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const frame = frames.get(id);
    const parent = parents.get(id);
    const own = frame === undefined ? null : areaOf(frame.functionName, frame.url);
    const area = own ?? (parent === undefined ? 'node itself: its start, streams, timers' : areaFrom(parent));
    known.set(id, area);
    return area;
  };
  const found = new Map<string, number>();
  samples.forEach((id, index) => {
    const area = areaFrom(id);
    found.set(area, (found.get(area) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  });
  return found;
}
