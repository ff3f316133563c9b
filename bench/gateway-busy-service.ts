import { createServer, type ServerResponse } from 'node:http';

/** A service that does so many things at a time, each of which takes about so long; what comes meanwhile waits. */
const [port = '', workers = '16', serviceMs = '20'] = process.argv.slice(2);
const BODY = JSON.stringify({ items: [] });
const waiting: ServerResponse[] = [];
let busy = 0;

function begin(response: ServerResponse): void {
  busy += 1;
  setTimeout(
    () => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': BODY.length }).end(BODY);
      busy -= 1;
      const next = waiting.shift();
      if (next !== undefined) begin(next);
    },
    Number(serviceMs) * (0.8 + 0.4 * Math.random()),
  );
}

createServer((request, response) => {
  request.resume();
  if (busy < Number(workers)) begin(response);
  else waiting.push(response);
}).listen(Number(port), '127.0.0.1', 4_096);
