import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answers, freePort, serve } from './processes.js';
import { isRoot, tool } from './tools.js';

/** A certificate authority of one test, and what it has signed. */
export interface Authority {
  /** The authority's own certificate, PEM. */
  readonly file: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes an authority and a certificate of its for `localhost`, valid for a day. */
export function authority(folder: string, name: string): Authority {
  const file = (end: string): string => join(folder, `${name}${end}`);
  const openssl = (...args: readonly string[]): void => {
    execFileSync(tool('openssl'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    ...['req', '-x509', ...fresh, '-days', '1', '-subj', `/CN=Test authority ${name}`],
    ...['-keyout', file('-ca.key'), '-out', file('-ca.pem')],
  );
  openssl('req', ...fresh, '-subj', '/CN=localhost', '-keyout', file('.key'), '-out', file('.csr'));
  writeFileSync(file('.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl(
    ...['x509', '-req', '-in', file('.csr'), '-CA', file('-ca.pem'), '-CAkey', file('-ca.key')],
    ...['-CAcreateserial', '-days', '1', '-extfile', file('.ext'), '-out', file('.pem')],
  );
  return { file: file('-ca.pem'), certificate: file('.pem'), key: file('.key') };
}

/** A web server that hands out git repositories to who knows a password. */
export interface Web {
  readonly port: number;
  /** The port that speaks http without TLS, with the same repositories. */
  readonly plainPort: number;
  /** How many requests the plain port has met. */
  plainRequests(): number;
  /** A file with a line for each request that the port with TLS has met: the number of its connection. */
  readonly secureLog: string;
  stop(): Promise<void>;
}

/**
 * Starts nginx with git http-backend behind fcgiwrap: `https://localhost:PORT/git/NAME` is the repository NAME in `repositories`
 * for `users` (name to password), `/moved/` redirects to the plain port. Everything of the servers lies in `folder`.
 */
export async function startWeb(
  folder: string,
  repositories: string,
  users: Readonly<Record<string, string>>,
  { certificate, key }: Authority,
): Promise<Web> {
  const [port, plainPort] = [await freePort(), await freePort()];
  const at = (name: string): string => join(folder, name);
  for (const name of ['body', 'fastcgi', 'proxy', 'scgi', 'uwsgi']) mkdirSync(at(name));
  const hashed = (password: string): string =>
    execFileSync(tool('openssl'), ['passwd', '-apr1', password], { encoding: 'utf8' }).trim();
  writeFileSync(
    at('users'),
    Object.entries(users)
      .map(([name, password]) => `${name}:${hashed(password)}\n`)
      .join(''),
  );
  writeFileSync(at('plain.log'), '');
  writeFileSync(at('nginx.conf'), configuration());

  const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
  const socket = at('cgi.sock');
  // Alone: children of its own would outlive it.
  const wrapper = await serve(tool('fcgiwrap'), ['-s', `unix:${socket}`], env, () =>
    answers({ path: socket }),
  );
  const args = ['-p', folder, '-c', at('nginx.conf'), '-g', 'daemon off;'];
  const nginx = await serve(tool('nginx'), args, env, () => answers({ port })).catch(
    async (error: unknown) => {
      await wrapper.stop();
      throw error;
    },
  );
  const plainRequests = (): number => lines(at('plain.log'));
  return {
    port,
    plainPort,
    plainRequests,
    secureLog: at('secure.log'),
    stop: async () => {
      await nginx.stop();
      await wrapper.stop();
    },
  };

  function configuration(): string {
    const location = `
      location ~ ^/git(/.*)$ {
        auth_basic "ledgers"; auth_basic_user_file ${at('users')};
        fastcgi_pass unix:${at('cgi.sock')};
        fastcgi_param SCRIPT_FILENAME ${tool('git-http-backend')};
        fastcgi_param GIT_PROJECT_ROOT ${repositories};
        fastcgi_param GIT_HTTP_EXPORT_ALL 1;
        fastcgi_param PATH_INFO $1;
        fastcgi_param REMOTE_USER $remote_user;
        fastcgi_param REMOTE_ADDR $remote_addr;
        fastcgi_param REQUEST_METHOD $request_method;
        fastcgi_param QUERY_STRING $query_string;
        fastcgi_param CONTENT_TYPE $content_type;
        fastcgi_param CONTENT_LENGTH $content_length;
        fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
        fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;
      }`;
    return `
    ${isRoot() ? 'user root;' : ''}
    worker_processes 1;
    pid ${at('nginx.pid')};
    error_log ${at('error.log')};
    events { worker_connections 64; }
    http {
      access_log off;
      log_format connection $connection;
      client_max_body_size 64m;
      client_body_temp_path ${at('body')}; fastcgi_temp_path ${at('fastcgi')}; proxy_temp_path ${at('proxy')};
      scgi_temp_path ${at('scgi')}; uwsgi_temp_path ${at('uwsgi')};
      server {
        listen 127.0.0.1:${port} ssl;
        access_log ${at('secure.log')} connection;
        ssl_certificate ${certificate}; ssl_certificate_key ${key};
        location /moved/ { rewrite ^/moved/(.*)$ http://localhost:${plainPort}/git/$1 redirect; }
        ${location}
      }
      server {
        listen 127.0.0.1:${plainPort};
        access_log ${at('plain.log')};
        ${location}
      }
    }\n`;
  }
}

function lines(path: string): number {
  return readFileSync(path, 'utf8').split('\n').length - 1;
}
