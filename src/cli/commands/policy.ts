import { isEndorsed } from '../../core/counting.js';
import { policyInForce } from '../../workflows/policy.js';
import type { CliContext, Invocation } from '../invocation.js';
import { policyLines } from '../layout-policy.js';
import { flag } from '../options.js';
import { policyYaml } from '../policy-yaml.js';
import { headOf } from '../head.js';

/** mpa policy show: the policy in force, as YAML that `policy` files are written in, or in words. */
export async function show({ options }: Invocation, context: CliContext): Promise<undefined> {
  const { out } = context;
  const ws = await context.workspace();
  const { view, record } = await out.during('Fetching', () => policyInForce(ws, flag(options, 'offline')));
  const { id, policy, ring } = record;
  const endorsed = isEndorsed(view.state);
  out.document({ ...headOf(view), id, endorsed, policy });
  if (out.json) return;
  const title = `policy ${id}${endorsed ? '' : ', not endorsed yet'}`;
  if (flag(options, 'summary')) out.result(`${title}\n${policyLines(policy, ring)}`);
  else out.result(`# ${title}\n${await policyYaml(policy, { keys: 'armor', ring })}`);
}
