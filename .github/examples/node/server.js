"use strict";
const port = Number(process.argv[2]);

require("node:http")
  .createServer((request, reply) => {
    reply.setHeader("Content-Type", "application/json");
    reply.end('{"result":"pong"}');
  })
  .listen(port, "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
