import type { AccessAction, CommandAction } from '../../../src/core/action.js';
import type { Certificate, KeyInfo } from '../../../src/core/keys.js';
import type { Clause, Executor, Member, Policy, Rule } from '../../../src/core/policy-document.js';
import type { CertificateReading } from '../../../src/core/ports.js';
import type { Asked } from '../../../src/core/rules.js';

/** A record as the parser makes it: without a prototype. */
export function bare<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const record = Object.create(null) as Record<string, T>;
  for (const [name, value] of entries) record[name] = value;
  return record;
}

/** A good primary key of the material named; Ed25519, made in second 1,000. */
export function keyOf(material: string, changes: Partial<KeyInfo> = {}): KeyInfo {
  return {
    fingerprint: Buffer.from(material).toString('hex').toUpperCase().padEnd(40, '0').slice(0, 40),
    material,
    algorithm: 22,
    algorithmName: 'ed25519',
    strong: true,
    created: 1000,
    expires: null,
    revoked: false,
    certified: true,
    maySign: true,
    primary: null,
    spki: 'AA==',
    ...changes,
  };
}

/** A good signing subkey of the material named. */
export function subkeyOf(material: string, changes: Partial<KeyInfo> = {}): KeyInfo {
  return keyOf(material, {
    primary: { fingerprint: '0'.repeat(40), expires: null, revoked: false },
    ...changes,
  });
}

export function certificateOf(...keys: readonly KeyInfo[]): Certificate {
  return { userId: { name: 'N', email: 'n@x', text: 'N <n@x>' }, keys };
}

/** What `member` lists: a text that stands for a certificate with one key of that material. */
export function listed(material: string): Executor['keys'][number] {
  return { type: 'openpgp', public: `cert ${material}` };
}

export function member(handle: string, changes: Partial<Member> = {}): Member {
  return { name: handle, email: `${handle}@example.org`, keys: [listed(handle)], ...changes };
}

export function members(...handles: readonly string[]): Record<string, Member> {
  return bare(handles.map((handle) => [handle, member(handle)] as const));
}

export function any(count: number, ...from: readonly string[]): Clause {
  return { count, from };
}

/** A rule for anything, by one of `everyone`, with generous limits. */
export function rule(changes: Partial<Rule> = {}): Rule {
  return {
    name: 'anything',
    match: { any: true },
    approvals: [any(1, 'everyone')],
    maxDuration: 28_800,
    maxPending: 86_400,
    maxUses: 10,
    ...changes,
  };
}

/** A valid policy: three members, one executor, a group of two, one rule. */
export function policy(changes: Partial<Policy> = {}): Policy {
  return {
    protocol: 1,
    members: members('alice', 'bob', 'carol'),
    executors: bare([['runner', member('runner')]]),
    groups: bare([['team', ['alice', 'bob']]]),
    rules: [rule()],
    changes: [any(1, 'everyone')],
    ...changes,
  };
}

/** A reader that knows every text of `listed`, and those given. */
export function reader(
  given: Readonly<Record<string, CertificateReading | undefined>> = {},
): (armored: string) => CertificateReading | undefined {
  return (armored) => {
    if (Object.hasOwn(given, armored)) return given[armored];
    if (!armored.startsWith('cert ')) return undefined;
    return { ok: true, certificate: certificateOf(keyOf(armored.slice('cert '.length))) };
  };
}

/** A person's command, as the schema takes it. */
export function command(argv: readonly string[], changes: Partial<CommandAction> = {}): CommandAction {
  const program = `/usr/bin/${argv[0] ?? ''}`;
  return { kind: 'command', argv, host: 'prod', user: 'deploy', program, cwd: '/srv/app', ...changes };
}

/** An executor's command. */
export function remote(argv: readonly string[], changes: Partial<CommandAction> = {}): CommandAction {
  return { kind: 'command', argv, executor: 'runner', ...changes };
}

/** A request that keeps within `rule()`. */
export function asked(action: CommandAction | AccessAction, changes: Partial<Asked> = {}): Asked {
  return {
    action,
    at: '2026-03-01T09:00:00Z',
    approveBy: '2026-03-01T10:00:00Z',
    justification: 'because',
    duration: 3600,
    ...(action.kind === 'command' ? { uses: 1 } : {}),
    ...changes,
  };
}
