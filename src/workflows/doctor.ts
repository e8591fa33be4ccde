import { inForce } from '../core/counting.js';
import type { Policy } from '../core/policy-document.js';
import type { Claim } from '../ledger/spent.js';
import { conditions, doubtful, failing, fine, type Finding } from './findings.js';
import { shortId } from './find.js';
import { lockedOutWithout } from './standard-policy.js';
import type { Workspace } from './workspace.js';

/**
 * Looks at one joined ledger: what is here, the remote, the person, the clock, and what waits to be pushed. Never throws for what is
 * wrong with them: each is a finding with the command that mends it.
 */
export async function examine(ws: Workspace): Promise<readonly Finding[]> {
  const here = await clone(ws);
  const there = await remote(ws);
  // What was fetched last is what is wrong with both: said once.
  const same = there.some(
    ({ code, detail }) => code !== null && code === here.code && detail === here.detail,
  );
  return [...(same ? [{ ...here, what: 'ledger' }] : [here, ...there]), ...(await uses(ws))];
}

async function clone(ws: Workspace): Promise<Finding> {
  try {
    const { head } = await ws.ledger.view();
    return fine('clone', `verified up to ${shortId(head.commit)} without contacting the remote`);
  } catch (error) {
    return failing('clone', error);
  }
}

async function remote(ws: Workspace): Promise<readonly Finding[]> {
  try {
    const view = await ws.ledger.refresh();
    return [
      fine('remote', `reached; ${view.state.events} events verified, the head is ${view.head.commit}`),
      ...conditions(ws, view, ws.clock.now()),
      ...losable(inForce(view.state).policy),
    ];
  } catch (error) {
    return [failing('remote', error)];
  }
}

/** As long as the loss of one key would leave the policy as it is for ever, it is said. Section 6. */
function losable(policy: Policy): Finding[] {
  const fatal = lockedOutWithout(policy);
  if (fatal.length === 0) return [];
  return [
    doubtful(
      'recovery',
      `if ${fatal.join(' or ')} loses their key, nobody can change the policy any more, for ever`,
      'mpa member add --recovery --key FILE (a key kept offline), a third member, or mpa member rotate HANDLE --key FILE --add for each',
    ),
  ];
}

/** What is still to come of one use that was claimed here, and what brings it on. Section 8.4, 8.8. */
function waiting({ request, stage, finish }: Claim): Finding {
  const run = `a run of ${shortId(request)}`;
  if (finish !== null)
    return doubtful('uses', `how ${run} ended is kept here, and not in the ledger yet`, 'mpa sync');
  if (stage === 'claimed') {
    return doubtful(
      'uses',
      `${run} was claimed, and it is open whether its start landed: the use counts as spent until the branch goes on`,
      `mpa exec ${shortId(request)} goes on from there; so does mpa sync once anybody has written to the ledger`,
    );
  }
  return doubtful('uses', `${run} is under way, or died with its machine`, 'mpa sync tells which');
}

/** This machine's record of uses, and finishes that wait. Section 8. */
async function uses(ws: Workspace): Promise<Finding[]> {
  try {
    const unsettled = await ws.spent.unsettled();
    const found = unsettled.map(waiting);
    return found.length > 0 ? found : [fine('uses', 'nothing waits to be pushed or settled')];
  } catch (error) {
    return [failing('uses', error)];
  }
}
