import { createServer } from 'node:http';

/** Answers at once, where there is no nginx to do it. */
const [port = '', answers = '{}', otherwise = ''] = process.argv.slice(2);
const bodies = new Map(Object.entries(JSON.parse(answers) as Record<string, string>));
createServer((request, response) => {
  request.resume();
  const body = bodies.get(request.url?.split('?', 1)[0] ?? '') ?? otherwise;
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}).listen(Number(port), '127.0.0.1', 4_096);
