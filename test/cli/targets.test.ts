import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targetNotices } from '../../src/cli/targets.js';
import type { CommandAction } from '../../src/core/action.js';

function action(argv: readonly string[], more: Partial<CommandAction> = {}): CommandAction {
  return {
    kind: 'command',
    argv,
    host: 'prod-1',
    user: 'alice',
    program: `/usr/bin/${argv[0] ?? ''}`,
    cwd: '/srv',
    ...more,
  };
}

describe('variables that choose a target and that the command will not get', () => {
  it.each([
    ['kubectl', 'KUBECONFIG', '--env'],
    ['helm', 'HELM_KUBECONTEXT', '--env'],
    ['aws', 'AWS_PROFILE', '--env'],
    ['aws', 'AWS_SECRET_ACCESS_KEY', '--pass-env'],
    ['aws', 'AWS_ACCESS_KEY_ID', '--env'],
    ['az', 'AZURE_CONFIG_DIR', '--env'],
    ['az', 'AZURE_CLIENT_SECRET', '--pass-env'],
    ['gcloud', 'CLOUDSDK_CORE_PROJECT', '--env'],
    ['bq', 'GOOGLE_APPLICATION_CREDENTIALS', '--env'],
    ['psql', 'PGHOST', '--env'],
    ['pg_dump', 'PGSERVICE', '--env'],
    ['psql', 'PGPASSWORD', '--pass-env'],
    ['mysql', 'MYSQL_HOST', '--env'],
    ['mysql', 'MYSQL_PWD', '--pass-env'],
    ['redis-cli', 'REDIS_URL', '--pass-env'],
    ['mongosh', 'MONGODB_URI', '--pass-env'],
    ['docker', 'DOCKER_HOST', '--env'],
    ['docker', 'DOCKER_CONTEXT', '--env'],
    ['terraform', 'TF_WORKSPACE', '--env'],
    ['terraform', 'TF_VAR_region', '--env'],
    ['terraform', 'TF_VAR_db_password', '--pass-env'],
    ['vault', 'VAULT_ADDR', '--env'],
    ['vault', 'VAULT_TOKEN', '--pass-env'],
    ['consul', 'CONSUL_HTTP_ADDR', '--env'],
    ['nomad', 'NOMAD_ADDR', '--env'],
    ['ansible-playbook', 'ANSIBLE_INVENTORY', '--env'],
    ['oc', 'OC_EDITOR', '--env'],
    ['gh', 'GH_HOST', '--env'],
    ['gh', 'GH_TOKEN', '--pass-env'],
    ['git', 'GIT_SSH_COMMAND', '--env'],
    ['node', 'NODE_ENV', '--env'],
    ['rails', 'RAILS_ENV', '--env'],
    ['rails', 'DATABASE_URL', '--pass-env'],
    ['python3', 'DJANGO_SETTINGS_MODULE', '--env'],
  ])('%s with %s set: told of, with %s', (tool, name, flag) => {
    const [notice, ...others] = targetNotices(action([tool]), { [name]: 'VALUE', PATH: '/bin' });
    expect(others).toEqual([]);
    expect(notice).toContain(`${flag} ${name} `);
    expect(notice).not.toContain('VALUE');
  });

  it('set to nothing, set by the request, passed by it, or of another tool: nothing is said', () => {
    expect(targetNotices(action(['psql']), { PGHOST: '' })).toEqual([]);
    expect(targetNotices(action(['psql'], { env: { PGHOST: 'db' } }), { PGHOST: 'db' })).toEqual([]);
    expect(targetNotices(action(['psql'], { passEnv: ['PGHOST'] }), { PGHOST: 'db' })).toEqual([]);
    expect(targetNotices(action(['ls']), { PGHOST: 'db', KUBECONFIG: '/k', DATABASE_URL: 'x' })).toEqual([]);
  });

  it('a tool named by its path, or started by sudo, env or timeout, is the tool', () => {
    for (const argv of [
      ['/opt/bin/psql'],
      ['sudo', '-u', 'postgres', 'psql'],
      ['timeout', '5', '/usr/bin/psql'],
    ])
      expect(targetNotices(action(argv), { PGHOST: 'db', KUBECONFIG: '/k' })).toEqual([
        'psql uses PGHOST, set here, which the command will not get: --env PGHOST records its value.',
      ]);
  });

  it('a shell, an interpreter and a program of one’s own may use any of them', () => {
    const env = { PGHOST: 'db', KUBECONFIG: '/k', VAULT_TOKEN: 's' };
    const said = (word: string): string[] => [
      `${word} may use KUBECONFIG, PGHOST, set here, which the command will not get: --env NAME records its value.`,
      `${word} may use VAULT_TOKEN, set here, which the command will not get: --pass-env VAULT_TOKEN passes it unseen.`,
    ];
    expect(targetNotices(action(['bash', '-c', 'psql']), env)).toEqual(said('bash'));
    expect(targetNotices(action(['sudo', 'make', 'deploy']), env)).toEqual(said('make'));
    expect(targetNotices(action(['./deploy'], { program: '/srv/deploy' }), env)).toEqual(said('deploy'));
  });

  it('an executor takes nothing from its caller: nothing is said', () => {
    expect(targetNotices({ kind: 'command', argv: ['psql'], executor: 'ci' }, { PGHOST: 'db' })).toEqual([]);
  });

  it('many are counted, and no name escapes its line', () => {
    const env = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`TF_VAR_${i}`, 'x']));
    expect(targetNotices(action(['terraform']), env).join()).toContain(' and 4 more,');
    expect(
      targetNotices(action(['./a\nb'], { program: '/srv/a\nb' }), { 'TF_VAR_\u001b': 'x' }).join(),
    ).not.toMatch(/[\n\u001b]/);
  });

  it('no value and no secret for --env, whatever is set', () => {
    const names = fc.constantFrom(
      'PGHOST',
      'PGPASSWORD',
      'AWS_SESSION_TOKEN',
      'VAULT_TOKEN',
      'DATABASE_URL',
      'HOME',
    );
    fc.assert(
      fc.property(fc.dictionary(names, fc.constantFrom('', 'VALUE')), (env) => {
        const notices = targetNotices(action(['bash']), env);
        expect(notices.join()).not.toContain('VALUE');
        for (const notice of notices.filter((each) => each.includes('--env')))
          expect(notice).not.toMatch(/PASSWORD|TOKEN|DATABASE_URL/);
      }),
    );
  });
});
