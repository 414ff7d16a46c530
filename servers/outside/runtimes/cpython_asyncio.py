"""CPython's asyncio, its streams and nothing else: a coroutine for each connection, all in one thread.

cpython_asyncio.py PORT, with frameworks/ on PYTHONPATH: the contract is there.
"""

import asyncio
import json
import re
import sys
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from contract import async_answer

_REQUEST = re.compile(r"GET (\S+) HTTP/1\.1\r\n")
_CLOSES = re.compile(r"\r\nconnection: *close\r\n", re.IGNORECASE)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A connection, until either side closes it."""
    with suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        stays = True
        while stays:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            request = _REQUEST.match(head)
            stays = request is not None and not _CLOSES.search(head)
            writer.write(rendered(*await reply_to(request), stays))
            await writer.drain()
    writer.close()


async def reply_to(request: re.Match[str] | None) -> tuple[HTTPStatus, dict[str, str]]:
    try:
        if request is None:
            raise ValueError("only GET in HTTP/1.1 is understood")
        url = urlsplit(request[1])
        return HTTPStatus.OK, await async_answer(url.path, dict(parse_qsl(url.query)))
    except KeyError:
        return HTTPStatus.NOT_FOUND, {"error": "unknown path"}
    except ValueError as error:
        return HTTPStatus.BAD_REQUEST, {"error": str(error)}


def rendered(status: HTTPStatus, reply: dict[str, str], stays: bool) -> bytes:
    body, closes = json.dumps(reply), "" if stays else "Connection: close\r\n"
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nDate: {formatdate(usegmt=True)}\r\n{closes}"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode("latin-1")


async def main(port: int) -> None:
    async with await asyncio.start_server(serve, "127.0.0.1", port, backlog=4096) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
