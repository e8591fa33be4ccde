import type { RequestEvent } from '../../src/core/events.js';
import type { Policy } from '../../src/core/policy-document.js';
import { formatTime } from '../../src/core/time.js';
import { Branch, type Bend, type Fate } from '../core/support/branch.js';
import { T0 } from '../core/support/scene.js';
import { stateName } from './decide.js';
import { extended, isAuthentic } from './judge.js';
import { closedAs, effective, head, pageOf, requestOf, voidReason, windowOf, type Page } from './ledger.js';
import { BEGINS, ENDS, PEOPLE, founderOf, type Asking, type Move, type Story, type Wait } from './moves.js';
import { keysFor } from './policy.js';
import { seconds } from './rules.js';

type Body = Parameters<Branch['write']>[1];

/** One written commit: what the program made of it, and what the model did. */
export interface Step {
  readonly type: string;
  readonly fate: Fate;
  /** `inert`, the void reason, or null. */
  readonly expected: string | null;
}

/** A ledger that is written once and read twice: by the program, one commit after the other, and by the model, as a list. */
export class Play {
  readonly branch: Branch;
  page: Page;
  readonly steps: Step[] = [];

  private constructor(branch: Branch, page: Page) {
    this.branch = branch;
    this.page = page;
  }

  private static async found(first: Policy, founder: string): Promise<Play> {
    const branch = await Branch.found(first, founder);
    const genesis = branch.genesis;
    return new Play(
      branch,
      pageOf([{ event: genesis, id: branch.state.anchor, at: T0, material: founder, void: null }]),
    );
  }

  /** The ledger of a story, founded and (if the story has it so) endorsed. */
  static async begin({ policy, endorsed }: Story): Promise<Play> {
    const play = await Play.found(policy, founderOf(policy) ?? '');
    if (endorsed) await play.play({ kind: 'everybody', which: 0, wait: { seconds: 1 } });
    return play;
  }

  /** The newest first. */
  get requests(): readonly string[] {
    return this.page.facts.flatMap(({ event, id }) => (event.type === 'request' ? [id] : [])).reverse();
  }

  /** Moments at which something begins or ends, oldest first. */
  get moments(): readonly number[] {
    const found = [ENDS, BEGINS];
    for (const id of this.requests) {
      const asked = requestOf(this.page, id);
      if (asked === null) continue;
      const { event } = asked.fact;
      found.push(seconds(event.approveBy));
      if ('notBefore' in event) found.push(seconds(event.notBefore));
      const window = windowOf(this.page, asked);
      if (window !== null) found.push(window.end);
    }
    return [...new Set(found)]
      .filter((moment) => moment >= T0 && moment < T0 + 10 * 86_400)
      .sort((a, b) => a - b);
  }

  #later(wait: Wait): number {
    const { now } = this.branch;
    if ('seconds' in wait) return now + wait.seconds;
    const ahead = this.moments.filter((moment) => moment >= now - 1);
    return (ahead[wait.moment % Math.max(1, ahead.length)] ?? now) + wait.beside;
  }

  #request(which: number): string {
    if (which === 100) return 'f'.repeat(64);
    const among = which < 10 ? this.requests.filter((id) => this.isOpen(id)) : this.requests;
    return among[which % 10] ?? this.requests[0] ?? this.branch.state.anchor;
  }

  /** Neither void nor closed. */
  isOpen(id: string): boolean {
    const asked = requestOf(this.page, id);
    return asked !== null && voidReason(this.page, asked) === null && closedAs(this.page, asked) === null;
  }

  /** What could be run at that time, by whom it was approved for. */
  #granted(at: number): readonly string[] {
    return this.requests.filter((id) => stateName(this.page, id, at) === 'approved');
  }

  #key(handle: string, index: number): string {
    const keys = keysFor(head(this.page).policy, handle);
    return (keys[index] ?? keys[0])?.material ?? handle;
  }

  async #write(actor: string, body: Body, bend: Bend): Promise<void> {
    const at = bend.at ?? this.branch.now;
    const { event, fate } = await this.branch.told(actor, body, bend);
    const told = { event, id: fate.id, at, material: bend.key ?? actor };
    if (isAuthentic(this.page, told, bend.prev === undefined)) {
      this.page = extended(this.page, told);
      this.steps.push({ type: event.type, fate, expected: this.page.facts.at(-1)?.void ?? null });
    } else this.steps.push({ type: event.type, fate, expected: 'inert' });
    this.branch.now = Math.max(this.branch.now, at);
  }

  async play(move: Move): Promise<void> {
    const at = this.#later(move.wait);
    switch (move.kind) {
      case 'ask':
        await this.#write(move.by, bodyOf(move.asking, at), { at, key: this.#key(move.by, move.key) });
        return;
      case 'propose': {
        const bases = this.page.reigns.map(({ id }) => id);
        const base = (move.old ? bases[0] : bases.at(-1)) ?? '';
        const body: Body = {
          type: 'request',
          action: { kind: 'policy', base, policy: move.to },
          justification: 'the team changed',
          approveBy: formatTime(at + move.within),
        };
        await this.#write(move.by, body, { at, key: this.#key(move.by, 0) });
        return;
      }
      case 'approve': {
        const body: Body = { type: 'approve', request: this.#request(move.which), ...move.more };
        await this.#write(move.by, body, { at, key: this.#key(move.by, move.key) });
        return;
      }
      case 'everybody': {
        const id = this.#request(move.which);
        for (const [i, by] of PEOPLE.entries())
          await this.#write(by, { type: 'approve', request: id }, { at: at + i, key: this.#key(by, 0) });
        return;
      }
      case 'close': {
        const body: Body = {
          type: 'close',
          request: this.#request(move.which),
          as: move.as,
          reason: 'no longer',
        };
        await this.#write(move.by, body, { at, key: this.#key(move.by, 0) });
        return;
      }
      case 'halt': {
        const who = move.who === undefined ? {} : { who: move.who };
        await this.#write(
          move.by,
          { type: 'halt', ...who, reason: 'an incident' },
          { at, key: this.#key(move.by, 0) },
        );
        return;
      }
      case 'start': {
        const id = this.#granted(at)[move.which] ?? this.#request(move.which);
        const by = move.by ?? naturalRunner(requestOf(this.page, id)?.fact.event);
        const body: Body = { type: 'start', request: id, host: move.host };
        await this.#write(by, body, { at, key: this.#key(by, move.key) });
        return;
      }
      case 'finish': {
        const run = effective(this.page, 'start').at(-1 - move.which)?.fact;
        const exit = move.failed ? { failed: 'not-found' } : { code: 0 };
        const body: Body = { type: 'finish', run: run?.id ?? 'f'.repeat(64), exit, millis: 1 };
        const by = move.by ?? run?.event.actor ?? 'alice';
        await this.#write(by, body, { at, key: this.#key(by, 0) });
        return;
      }
      case 'forge': {
        const body: Body = { type: 'approve', request: this.#request(move.which) };
        const actor = move.how === 'actor' ? 'mallory' : move.by;
        await this.#write(actor, body, {
          at,
          key: move.how === 'key' ? 'mallory' : this.#key(move.by, 0),
          ...(move.how === 'prev' ? { prev: 'd'.repeat(64) } : {}),
        });
      }
    }
  }
}

export function naturalRunner(event: RequestEvent | undefined): string {
  if (event === undefined) return 'alice';
  return event.action.kind === 'command' ? (event.action.executor ?? event.actor) : event.actor;
}

function bodyOf(asking: Asking, at: number): Body {
  const { action, duration, uses, within, notBefore, justification, ticket } = asking;
  const common = {
    type: 'request',
    justification,
    ...(ticket === undefined ? {} : { ticket }),
    approveBy: formatTime(at + within),
    duration,
    ...(notBefore === undefined ? {} : { notBefore: formatTime(at + notBefore) }),
  } as const;
  return action.kind === 'command' ? { ...common, action, uses } : { ...common, action };
}
