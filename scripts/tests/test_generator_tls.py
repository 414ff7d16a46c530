"""The load generator over TLS, against a server that is Python's own."""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from generator_runs import command, generate, read_request, reply, scripted

BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Path:
    """A certificate of localhost and its key, in one file."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl: scripts/setup --tests")
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run(
        [*made, "-addext", names, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True
    )
    with path.open("a") as file:
        file.write(Path(f"{path}.crt").read_text())
    return path


class Serving:
    """Answers over TLS, and counts its connections."""

    def __init__(self, certificate: Path, answer: bytes = b""):
        self.connections = 0
        self._answer = answer or reply()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)

    def __call__(self, peer: socket.socket) -> None:
        with contextlib.suppress(ssl.SSLError), self._context.wrap_socket(peer, server_side=True) as stream:
            self.connections += 1
            while read_request(stream):
                stream.sendall(self._answer)


def https(url: str) -> str:
    return url.replace("http:", "https:")


def refused(url: str, **environment: str) -> str:
    """The line it exits with."""
    environment = {**os.environ, **environment}
    done = subprocess.run(
        command(url, "-n", "2"), capture_output=True, text=True, timeout=60, env=environment
    )
    assert done.returncode == 2 and done.stdout == ""
    [line] = done.stderr.splitlines()
    return line


def test_kept_connections_shake_hands_before_the_start(certificate):
    serving = Serving(certificate)
    with scripted(serving) as url:
        found = generate(https(url), "-n", "60", "-c", "3", "--insecure", "--warm-up", "100ms")
    assert found["ok"] == 60 and found["tls_p50_us"] is None and found["done_by"] == "kernel"
    assert serving.connections == 3


def test_fresh_connections_are_timed_in_parts_and_resume_sessions(certificate, tmp_path):
    with scripted(Serving(certificate)) as url:
        flags = ("-n", "40", "-c", "2", "--fresh", "--insecure", "--output", str(tmp_path))
        found = generate(https(url), *flags)
    assert found["ok"] == 40 and found["tls_p50_us"] > 100
    assert 0.5 < found["tls_resumed_share"] < 1
    with (tmp_path / "requests.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            parts = [float(row[f"{part}_us"]) for part in ("queue", "connect", "tls", "lag", "service")]
            assert parts[2] > 0 and sum(parts) == pytest.approx(float(row["latency_us"]), abs=0.01)


def test_a_reply_of_many_records_is_read_whole(certificate):
    with scripted(Serving(certificate, BODY)) as url:
        found = generate(https(url), "-n", "10", "-c", "2", "--insecure", "--expect-body", "x" * 1000)
    assert found["ok"] == 10


def test_a_certificate_is_checked_and_so_is_whose_it_is(certificate):
    with scripted(Serving(certificate)) as url:
        line = refused(https(url))
        assert "self-signed certificate" in line and "--insecure" in line
        trusting = {"SSL_CERT_FILE": f"{certificate}.crt"}
        for host in ("127.0.0.1", "localhost"):
            asked = command(https(url).replace("127.0.0.1", host), "-n", "4", "-c", "2")
            done = subprocess.run(asked, capture_output=True, env={**os.environ, **trusting}, timeout=60)
            assert done.returncode == 0, done.stderr
        assert "mismatch" in refused(https(url).replace("127.0.0.1", "127.1"), **trusting)


def test_a_server_without_tls_is_told_as_such():
    with scripted(lambda peer: peer.sendall(reply())) as url:
        assert "not one handshake with 127.0.0.1:" in refused(https(url) + "ping")
