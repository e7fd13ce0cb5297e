import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';

/** The engine's own form of saying no, so that its clients show the message. */
function bodyOf(message: string): string {
  return `${JSON.stringify({ message })}\n`;
}

export function answerMessage(response: ServerResponse, status: number, message: string, closes = false): void {
  if (response.headersSent) return void response.destroy();
  const body = bodyOf(message);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, closes ? { ...headers, connection: 'close' } : headers).end(body);
}

/** The same where there is only a socket. Nothing that comes after it on this connection is read. */
export function endWithMessage(socket: Duplex, status: number, message: string): void {
  const body = bodyOf(message);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
  // What the client still sends is taken off, else the engine's answer would be lost in a reset; then the connection goes.
  socket.resume();
  socket.once('finish', () => setTimeout(() => socket.destroy(), 1000).unref());
}
