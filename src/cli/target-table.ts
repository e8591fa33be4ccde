/**
 * Variables by which well-known tools choose their target or their identity: where they are not asked for, a command that was approved
 * goes somewhere else than it went for the person who tried it. A name that ends in `*` stands for all that begin so.
 */
interface Row {
  readonly tools: readonly string[];
  readonly variables: readonly string[];
}

const row = (tools: string, variables: string): Row => ({
  tools: tools.split(' '),
  variables: variables.split(' '),
});

const KUBERNETES =
  'kubectl helm helmfile kustomize k9s stern flux argocd istioctl skaffold velero kubectx kubens oc terraform tofu terragrunt';
const CLOUDS =
  'terraform tofu terragrunt pulumi packer kubectl helm k9s ansible ansible-playbook restic rclone';

export const TARGETS: readonly Row[] = [
  row(KUBERNETES, 'KUBECONFIG KUBE_CONTEXT KUBE_NAMESPACE KUBE_CONFIG_PATH'),
  row('helm helmfile', 'HELM_*'),
  row('oc', 'OC_*'),
  row('argocd', 'ARGOCD_*'),
  row('talosctl', 'TALOSCONFIG'),
  row(
    `aws sam cdk eksctl s3cmd s5cmd chamber ${CLOUDS}`,
    'AWS_PROFILE AWS_DEFAULT_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_ENDPOINT_URL* AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_ROLE_ARN AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN',
  ),
  row(`az azcopy func ${CLOUDS}`, 'AZURE_* ARM_*'),
  row(
    `gcloud gsutil bq ${CLOUDS}`,
    'GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD_PROJECT GCLOUD_PROJECT CLOUDSDK_*',
  ),
  row('openstack', 'OS_*'),
  row(
    'psql pgcli pg_dump pg_dumpall pg_restore pg_basebackup pg_isready pgbench createdb dropdb createuser dropuser vacuumdb reindexdb clusterdb',
    'PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGSERVICE PGSERVICEFILE PGPASSFILE PGOPTIONS PGSSLMODE PGPASSWORD',
  ),
  row(
    'mysql mysqldump mysqladmin mysqlimport mysqlsh mariadb mariadb-dump mariadb-admin',
    'MYSQL_HOST MYSQL_TCP_PORT MYSQL_UNIX_PORT MYSQL_HOME MYSQL_PWD',
  ),
  row('redis-cli valkey-cli', 'REDIS_URL REDISCLI_AUTH'),
  row('mongosh mongo mongodump mongorestore mongoexport mongoimport', 'MONGODB_URI'),
  row('etcdctl', 'ETCDCTL_*'),
  row('influx', 'INFLUX_*'),
  row(
    'docker docker-compose podman podman-compose nerdctl buildah',
    'DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG CONTAINER_HOST COMPOSE_FILE COMPOSE_PROJECT_NAME COMPOSE_PROFILES',
  ),
  row(
    'terraform tofu terragrunt',
    'TF_WORKSPACE TF_VAR_* TF_CLI_ARGS* TF_CLI_CONFIG_FILE TF_DATA_DIR TF_TOKEN_*',
  ),
  row('pulumi', 'PULUMI_*'),
  row(
    'vault bao terraform tofu terragrunt',
    'VAULT_ADDR VAULT_NAMESPACE VAULT_TOKEN BAO_ADDR BAO_NAMESPACE BAO_TOKEN',
  ),
  row('consul', 'CONSUL_HTTP_ADDR CONSUL_NAMESPACE CONSUL_HTTP_TOKEN'),
  row('nomad', 'NOMAD_ADDR NOMAD_NAMESPACE NOMAD_REGION NOMAD_TOKEN'),
  row('boundary', 'BOUNDARY_ADDR BOUNDARY_TOKEN'),
  row(
    'ansible ansible-playbook ansible-pull ansible-console ansible-galaxy ansible-inventory ansible-vault',
    'ANSIBLE_*',
  ),
  row('gh', 'GH_HOST GH_REPO GH_TOKEN GITHUB_TOKEN GH_ENTERPRISE_TOKEN'),
  row('glab', 'GITLAB_HOST GITLAB_TOKEN'),
  row('git', 'GIT_SSH_COMMAND GIT_SSH GIT_DIR GIT_WORK_TREE'),
  row('rsync', 'RSYNC_RSH'),
  row('heroku', 'HEROKU_APP HEROKU_API_KEY'),
  row('fly flyctl', 'FLY_APP FLY_ORG FLY_API_TOKEN FLY_ACCESS_TOKEN'),
  row('restic', 'RESTIC_*'),
  row('rclone', 'RCLONE_*'),
  row('sops', 'SOPS_*'),
  row('flyway', 'FLYWAY_*'),
  row('node npm npx yarn pnpm bun', 'NODE_ENV'),
  row('ruby rails rake bundle', 'RAILS_ENV RACK_ENV'),
  row('mix elixir iex', 'MIX_ENV'),
  row('php artisan symfony', 'APP_ENV'),
  row(
    'python python3 django-admin flask celery alembic',
    'DJANGO_SETTINGS_MODULE FLASK_APP FLASK_ENV APP_ENV',
  ),
  row('node npm npx yarn pnpm bun prisma knex rails rake bundle alembic dbmate sqitch', 'DATABASE_URL'),
];

/** What starts another program that its arguments name. */
export const WRAPPERS: readonly string[] =
  'sudo doas env nice ionice nohup timeout time setsid stdbuf chrt taskset flock xargs watch strace unshare'.split(
    ' ',
  );

/** What runs other people's text: any of the variables may count there. */
export const INTERPRETERS =
  /^(ba|da|z|k|a|fi)?sh$|^(node|deno|bun|python[0-9.]*|ruby|perl|php|lua|java|make|gmake|just|task|npm|npx|yarn|pnpm|bundle|rake|rails|uv|poetry)$/;
