import type { Socket } from 'node:net';
import { CodedError, PROBLEM_CONTENT_TYPE, problemOf } from '@souk/http';

/** What Node's HTTP parser refuses never becomes a request: the answer is written to the socket, which is closed then. */
export function answerRefusedByParser(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable || isAnswering(socket)) {
    socket.destroy(error);
    return;
  }
  const { problem } = problemOf(refusalOf(error.code), {});
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    `content-type: ${PROBLEM_CONTENT_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

function refusalOf(code: string | undefined): CodedError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new CodedError('too-slow', 'request-timeout', 'The request did not arrive in time.');
  if (code === 'HPE_HEADER_OVERFLOW')
    return new CodedError('headers-too-large', 'too-many-headers', 'The headers are larger than this service reads.');
  return new CodedError('invalid', 'bad-request', 'This is not an HTTP request.');
}

/** A second request in the pipe must not write into the middle of the first one's answer. Node's own handler asks the same. */
const isAnswering = (socket: Socket & { _httpMessage?: { headersSent?: boolean } | null }): boolean =>
  socket._httpMessage?.headersSent === true;
