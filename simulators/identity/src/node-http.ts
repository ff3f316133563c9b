/**
 * Node's own HTTP server. `import 'node:http'` evaluates all of its exports, one of which (WebSocket) loads Node's own copy of
 * undici: some 11 MB that nobody here uses. Asking for the module does not.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');
