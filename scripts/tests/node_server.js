// A server for trials of the gate: node node_server.js PORT SHARE burns SHARE of the CPU time it needs besides.
"use strict";
const [port, share] = process.argv.slice(2).map(Number);

function usedUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

let before = usedUs();
const answer = (_, reply) => {
  const needed = usedUs() - before;
  const until = performance.now() + (needed * share) / 1000;
  while (performance.now() < until);
  before = usedUs();
  reply.setHeader("Content-Type", "application/json");
  reply.end('{"result":"pong"}');
};
require("node:http").createServer(answer).listen(port, "127.0.0.1", 1024);
process.on("SIGTERM", () => process.exit(0));
