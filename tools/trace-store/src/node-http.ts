/**
 * Node's own server. Not `import … from 'node:http'`: that evaluates every export of the module, among them those that load
 * Node's whole fetch client, and costs this small process 12 MB.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');
