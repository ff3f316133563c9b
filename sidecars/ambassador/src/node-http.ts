/**
 * `import 'node:http'` reads all of its exports, one of which loads Node's second copy of undici for WebSocket: 11 MB that
 * nobody here uses. Asking for the module does not.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');
