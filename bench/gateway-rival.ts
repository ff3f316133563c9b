import proxy from '@fastify/http-proxy';
import { fastify } from 'fastify';

/** The plugin that people take, bare: it passes everything on and checks nothing. */
const [upstream = '', port = ''] = process.argv.slice(2);
const app = fastify();
await app.register(proxy, { upstream, undici: { connections: 64 } });
await app.listen({ port: Number(port), host: '127.0.0.1' });
