import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** How nginx is started with one worker and these lines in its server. */
export function nginxArgs(dir: string, name: string, port: number, { http = '', server = '' }): string[] {
  const file = join(dir, `${name}.conf`);
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${dir}/${name}.pid; error_log ${dir}/${name}.log warn;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 65; client_max_body_size 16m;
  default_type application/json;
  ${TEMPORARY.map((what) => `${what}_temp_path ${dir}/${name}-${what};`).join(' ')}
  ${http}
  server { listen 127.0.0.1:${port} backlog=4096; ${server} }
}
`,
  );
  return ['-p', dir, '-c', file];
}

/** Answers of its own, without a file or a service behind them. */
export const answering = (answers: Readonly<Record<string, string>>, otherwise: string): string =>
  [
    ...Object.entries(answers).map(([path, body]) => `location = ${path} { return 200 '${body}'; }`),
    `location / { return 200 '${otherwise}'; }`,
  ].join('\n    ');

/** As a proxy is set up that is meant to be fast, with the access log that ours writes as well. */
export const proxying = (dir: string, upstream: number) => ({
  http: `upstream service { server 127.0.0.1:${upstream}; keepalive 128; keepalive_requests 1000000000; }`,
  server: `access_log ${dir}/access.log combined buffer=64k flush=1s;
    location = /return { return 200 '${'x'.repeat(1_000)}'; }
    location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; }`,
});
