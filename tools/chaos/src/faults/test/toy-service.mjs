// A service as small as can be, for the tests of faults: it answers, and tells what was done to it.
import { openSync } from 'node:fs';
import { createServer } from 'node:http';
import { spawn } from 'node:child_process';

const { configureFailpoints, armFailpoints, definePoint, failpoint, reportFailpoints } = await import(
  process.env.FAILPOINTS_MODULE
);
configureFailpoints(process.env.SOUK_FAILPOINTS ?? '');
const POINT = definePoint('toy.asked', 'somebody asks');
const kept = [];
// As PostgreSQL: children that do a part of the work.
const child = spawn('sleep', ['60'], { stdio: 'ignore' });
process.on('SIGTERM', () => {
  child.kill();
  process.exit(0);
});

const ANSWERS = {
  '/who': () => ({ pid: process.pid, now: Date.now(), env: process.env }),
  '/eat': () => kept.push(Array.from({ length: 200_000 }, (_, index) => ({ index, text: `${Math.random()}` }))),
  '/open': () => openSync('/dev/null', 'r'),
  '/work': async () => failpoint(POINT),
};

createServer(async (request, response) => {
  try {
    const answer = await ANSWERS[request.url]?.();
    response.writeHead(answer === undefined && request.url !== '/work' ? 404 : 200).end(JSON.stringify(answer ?? {}));
  } catch (error) {
    response.writeHead(500).end(JSON.stringify({ code: error.code, message: error.message }));
  }
}).listen(Number(process.env.HTTP_PORT), '127.0.0.1');

createServer(async (request, response) => {
  const { MANAGEMENT_PORT, READY_ONLY_AT = MANAGEMENT_PORT } = process.env;
  if (request.url === '/readyz') return response.writeHead(MANAGEMENT_PORT === READY_ONLY_AT ? 200 : 503).end();
  if (request.url !== '/failpoints' || !process.env.SOUK_FAILPOINTS) return response.writeHead(404).end();
  let body = '';
  for await (const chunk of request) body += chunk;
  try {
    if (request.method === 'PUT') armFailpoints(JSON.parse(body).spec);
    response.end(JSON.stringify({ failpoints: reportFailpoints() }));
  } catch (error) {
    response.writeHead(400).end(error.message);
  }
}).listen(Number(process.env.MANAGEMENT_PORT), '127.0.0.1');
