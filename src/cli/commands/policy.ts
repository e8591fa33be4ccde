import { isEndorsed } from '../../core/counting.js';
import { policyInForce } from '../../workflows/policy.js';
import type { CliContext, Invocation } from '../invocation.js';
import { flag } from '../options.js';
import { policyYaml } from '../policy-yaml.js';
import { headOf } from '../present.js';

/** The keys of the policy, as comments: what people compare by eye. */
function keyLines(ring: Readonly<Record<string, readonly { readonly fingerprint: string }[]>>): string[] {
  return Object.entries(ring).flatMap(([handle, keys]) =>
    keys.map((key) => `# ${handle}: ${key.fingerprint}`),
  );
}

/** mpa policy show: the policy in force, as YAML that `policy` files are written in. */
export async function show({ options }: Invocation, context: CliContext): Promise<undefined> {
  const { out } = context;
  const ws = await context.workspace();
  const { view, record } = await out.during('Fetching', () => policyInForce(ws, flag(options, 'offline')));
  const endorsed = isEndorsed(view.state);
  out.document({ ...headOf(view), id: record.id, endorsed, policy: record.policy });
  if (out.json) return;
  const title = `# policy ${record.id}${endorsed ? '' : ', not endorsed yet'}`;
  out.result([title, ...keyLines(record.ring), await policyYaml(record.policy)].join('\n'));
}
