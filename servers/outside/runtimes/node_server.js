// Node's own http: one thread runs all JavaScript, and an event loop (libuv) waits for all connections at once.
// node node_server.js PORT
"use strict";

const LONGEST_MS = 600_000;
const DONE = '{"result":"Task Complete!"}';

// What a request asks for: status, milliseconds to wait, body.
function plan(target) {
  const [path, query] = target.split("?", 2);
  switch (path) {
    case "/ping":
      return [200, 0, '{"result":"pong"}'];
    case "/health":
      return [200, 0, '{"status":"ok"}'];
    case "/async-task":
      return [200, 5_000, DONE];
    case "/task": {
      const asked = new URLSearchParams(query).get("wait_ms") ?? "0";
      const sensible = /^\d+$/.test(asked) && Number(asked) <= LONGEST_MS;
      return sensible ? [200, Number(asked), DONE] : [400, 0, '{"error":"wait_ms is not from 0 to 600000"}'];
    }
    default:
      return [404, 0, '{"error":"unknown path"}'];
  }
}

function answer(request, reply) {
  const [status, waitMs, body] = plan(request.url);
  reply.writeHead(status, { "Content-Type": "application/json", "Content-Length": body.length });
  if (waitMs > 0) setTimeout(() => reply.end(body), waitMs);
  else reply.end(body);
}

const { createServer } = require("node:http");
const port = Number(process.argv[2]);
createServer({ noDelay: true }, answer).listen({ host: "127.0.0.1", port, backlog: 4096 });
