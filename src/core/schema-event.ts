import * as v from 'valibot';
import { CLOSINGS } from './events.js';
import type {
  AccessRequest,
  CloseEvent,
  CommandRequest,
  Exit,
  LedgerEvent,
  PolicyRequest,
  RequestEvent,
} from './events.js';
import { RANGES, isNonce, isSignal, isTime } from './scalars.js';
import { accessAction, commandAction, digest, host, policyAction, size } from './schema-action.js';
import { argument, handle, personName, policy } from './schema-policy.js';
import { anyText, chosen, closed, integer, list, maybe, oneOf, only, text } from './schema-parts.js';
import type { Schema } from './schema-parts.js';

const time = text(isTime, 'a time such as 2026-03-01T09:30:00Z');
const duration = integer(RANGES.duration);
const uses = integer(RANGES.uses);

const common = {
  v: integer(RANGES.version),
  actor: handle,
  at: time,
  nonce: text(isNonce, '32 lower-case hex digits'),
};
const chained = { ...common, ledger: digest, prev: digest };

const genesis = closed({ ...common, type: only('genesis'), name: personName, policy });

const asking = {
  ...chained,
  type: only('request'),
  justification: anyText,
  ticket: maybe(anyText),
  approveBy: time,
};
const windowed = { duration, notBefore: maybe(time) };
const commandRequest: Schema<CommandRequest> = closed({
  ...asking,
  ...windowed,
  action: commandAction,
  uses,
});
const accessRequest: Schema<AccessRequest> = closed({ ...asking, ...windowed, action: accessAction });
const policyRequest: Schema<PolicyRequest> = closed({ ...asking, action: policyAction });
const noRequest: Schema<RequestEvent> = v.custom<RequestEvent>(() => false, 'has no action of a known kind');

const request = chosen<RequestEvent>((own) => {
  const action = own('action');
  const kind = typeof action === 'object' && action !== null && 'kind' in action ? action.kind : undefined;
  if (kind === 'command') return commandRequest;
  if (kind === 'access') return accessRequest;
  return kind === 'policy' ? policyRequest : noRequest;
});

const approve = closed({
  ...chained,
  type: only('approve'),
  request: digest,
  comment: maybe(anyText),
  duration: maybe(duration),
  uses: maybe(uses),
});

const close: Schema<CloseEvent> = v.pipe(
  closed({ ...chained, type: only('close'), request: digest, as: oneOf(CLOSINGS), reason: anyText }),
  v.check((event) => event.reason !== '' || event.as === 'withdrawn', 'reason must not be empty'),
);

const start = closed({ ...chained, type: only('start'), request: digest, host });

const exitCode = closed({ code: integer(RANGES.code) });
const exitSignal = closed({ signal: text(isSignal, 'the name of a signal') });
const exitFailed = closed({ failed: handle });
const exit = chosen<Exit>((own) => {
  if (own('code') !== undefined) return exitCode;
  return own('signal') !== undefined ? exitSignal : exitFailed;
});
const stream = closed({ sha256: digest, size });

const finish = closed({
  ...chained,
  type: only('finish'),
  run: digest,
  exit,
  millis: integer(RANGES.millis),
  stdout: maybe(stream),
  stderr: maybe(stream),
  outputs: maybe(list(closed({ sha256: digest, size, path: argument }))),
});

// An empty reason is poor, but nothing forbids it: what stops everything must not be inert for its words.
const halt = closed({ ...chained, type: only('halt'), who: maybe(handle), reason: anyText });

const noEvent: Schema<LedgerEvent> = v.custom<LedgerEvent>(() => false, 'has no known type');

/** The closed schema of every event: sections 4 (fields, texts, numbers) and 6 (a policy's form). */
export const ledgerEvent: Schema<LedgerEvent> = chosen<LedgerEvent>((own) => {
  switch (own('type')) {
    case 'genesis':
      return genesis;
    case 'request':
      return request;
    case 'approve':
      return approve;
    case 'close':
      return close;
    case 'start':
      return start;
    case 'finish':
      return finish;
    case 'halt':
      return halt;
    default:
      return noEvent;
  }
});
