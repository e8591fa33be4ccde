import type { RequestEvent } from '../../src/core/events.js';
import type { ToRun } from '../../src/core/mismatch.js';
import type { Question } from './compare.js';
import type { Runner } from './decide.js';
import { head, requestOf } from './ledger.js';
import { HOSTS, MACHINES, PEOPLE } from './moves.js';
import { naturalRunner, type Play } from './play.js';
import { keysFor } from './policy.js';

/** What could be run on the strength of a request: what was approved, and what differs from it in one thing. */
export function variantsOf({ action }: RequestEvent): readonly ToRun[] {
  const plain: ToRun[] = [
    { kind: 'as-approved', host: null },
    { kind: 'as-approved', host: HOSTS[0] },
    { kind: 'as-approved', host: HOSTS[1] },
    { kind: 'access', resource: 'ssh/prod-1' },
    { kind: 'argv', argv: ['psql', '-f', 'rotate.sql'] },
    { kind: 'argv', argv: ['psql', '-f', 'rotate.sql', '-v'] },
    { kind: 'argv', argv: ['psql', '-f'] },
  ];
  if (action.kind !== 'command') return [...plain, { kind: 'access', resource: 'ssh/prod-2' }];
  const stdin =
    typeof action.stdin === 'object'
      ? { sha256: action.stdin.sha256, size: action.stdin.size }
      : action.stdin;
  const pins = (action.pins ?? []).map(({ path, sha256, size }) => [path, { sha256, size }] as const);
  const exact = {
    kind: 'command',
    argv: action.argv,
    host: action.host ?? 'worker',
    user: action.user ?? 'nobody',
    program: action.program ?? null,
    cwd: action.cwd ?? '/tmp/x',
    stdin: stdin ?? 'none',
    pins: new Map(pins),
  } as const;
  const other = { sha256: 'cd'.repeat(32), size: 3 };
  return [
    ...plain,
    exact,
    { ...exact, host: 'prod-9' },
    { ...exact, user: 'mallory' },
    { ...exact, program: '/tmp/psql' },
    { ...exact, cwd: '/tmp' },
    { ...exact, stdin: exact.stdin === 'none' ? 'terminal' : 'none' },
    { ...exact, stdin: other },
    { ...exact, pins: new Map(pins.map(([path]) => [path, other])) },
    { ...exact, pins: new Map(pins.map(([path]) => [path, null])) },
    { ...exact, pins: new Map() },
    { ...exact, lacking: ['ab'.repeat(32)] },
    { ...exact, argv: [...action.argv.slice(0, -1), 'other'] },
  ];
}

/** Everybody who could come with a key of theirs, with one that is nobody's, or (`verify`) without. */
export function runnersFor(play: Play): readonly Runner[] {
  const { policy } = head(play.page);
  return [...PEOPLE, ...MACHINES].flatMap((handle) => [
    ...keysFor(policy, handle).map(({ material }) => ({ handle, material })),
    { handle, material: null },
    { handle, material: 'nobody' },
  ]);
}

/**
 * Of all questions that a ledger can be asked at this position: of each request the plain one (what was approved, by whom it was
 * approved for, now), and of those that are open `others` more, spread over runners, variants and moments by `pick`.
 */
export function questionsTo(play: Play, pick: number, others: number): readonly Question[] {
  const { now } = play.branch;
  const runners = runnersFor(play);
  const moments = play.moments.flatMap((moment) => [moment - 1, moment]);
  const asApproved: ToRun = { kind: 'as-approved', host: null };
  const found: Question[] = [
    { id: 'f'.repeat(64), runner: { handle: 'alice', material: null }, toRun: asApproved, now },
  ];
  play.requests.forEach((id, i) => {
    const event = requestOf(play.page, id)?.fact.event;
    if (event === undefined) return;
    const handle = naturalRunner(event);
    const variants = variantsOf(event);
    const own = runners.find(
      (runner) => runner.handle === handle && runner.material !== null && runner.material !== 'nobody',
    ) ?? { handle, material: null };
    found.push({ id, runner: own, toRun: asApproved, now });
    // One thing is bent at a time, or two: everything bent is no for whatever reason comes first.
    for (let k = 0; k < (play.isOpen(id) ? others : 0); k++) {
      const n = pick + i * 7 + k * 13;
      const [who, what, when] = [n % 4 === 0, n % 3 === 0, n % 5 === 0];
      found.push({
        id,
        runner: (who ? runners[n % runners.length] : undefined) ?? own,
        toRun: (what ? variants[(n / 3) % variants.length] : undefined) ?? asApproved,
        now: (when ? moments[(n / 5) % moments.length] : undefined) ?? now,
      });
    }
  });
  return found;
}
