import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What every HTTP server of ours gives a connection; how many there may be, and how long a request may take to come in, differ. */
export const CONNECTION_BOUNDS = {
  /** To send the head of a request, from the connection's first moment on. */
  headersTimeout: 20_000,
  /** Longer than load balancers keep theirs, so that it is not we who close one that is just being used. */
  keepAliveTimeout: 65_000,
  /** How often it is looked for connections that are over their time. */
  connectionsCheckingInterval: 2000,
  maxHeaderSize: 16 * 1024,
} as const;

/** Requests that one connection may have under way. No client of today sends the next before it has the answer. */
const MAX_PIPELINED = 16;

/** Serves requests, and cuts a connection that sends them without waiting for answers: each would cost memory, without any bound. */
export function fewAtOnce(serve: RequestListener): RequestListener {
  const underWay = new WeakMap<Socket, Set<ServerResponse>>();
  return (request, response) => {
    const { socket } = request;
    // What came in one piece with the request that was one too many.
    if (socket.destroyed) return;
    const responses = underWay.get(socket) ?? watched(socket);
    underWay.set(socket, responses);
    if (responses.size >= MAX_PIPELINED) {
      socket.destroy();
      return;
    }
    responses.add(response);
    response.on('close', () => responses.delete(response));
    serve(request, response);
  };
}

/** Answers that are under way on a connection. Those that wait for their turn on it are not told by Node when it is closed. */
function watched(socket: Socket): Set<ServerResponse> {
  const responses = new Set<ServerResponse>();
  socket.on('close', () => {
    for (const response of responses) {
      if (response.socket !== null) continue;
      response.destroy();
      response.emit('close');
    }
  });
  return responses;
}
