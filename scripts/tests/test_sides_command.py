"""Commands that serve: which are words, which a shell's line, and what the shell is told to become."""

from __future__ import annotations

import pytest

from sides.asked import SHELL, read_command, read_program


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("node app.js {port}", ["node", "app.js", "{port}"]),
        (
            "gunicorn -b 127.0.0.1:{port} 'app:create()'",
            ["gunicorn", "-b", "127.0.0.1:{port}", "app:create()"],
        ),
        ("serve '$HOME & more' \"it's\" {port}", ["serve", "$HOME & more", "it's", "{port}"]),
        ('serve "a;b" \\& {port}', ["serve", "a;b", "&", "{port}"]),
    ],
)
def test_what_a_shell_would_only_split_is_split(text, words):
    assert read_command(text) == words and words[:2] != SHELL


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("PORT={port} node app.js", "PORT={port} exec node app.js"),
        ("A='b c' PORT={port} node app.js", "A='b c' PORT={port} exec node app.js"),
        ("cd app && PORT={port} node app.js", "cd app && PORT={port} exec node app.js"),
        ("./helper & ./server {port}", "./helper & exec ./server {port}"),
        ('./server "$HOME/x" {port}', 'exec ./server "$HOME/x" {port}'),
        ("./server {port} 2>&1 >log", "exec ./server {port} 2>&1 >log"),
        ("./server --root ~/x {port}", "exec ./server --root ~/x {port}"),
        ("cd a; ./server 'x; y' {port}", "cd a; exec ./server 'x; y' {port}"),
    ],
)
def test_a_shell_becomes_its_last_command(text, line):
    assert read_command(text) == ["sh", "-c", line]


@pytest.mark.parametrize(
    "text",
    [
        "exec ./server {port}",
        "./server {port} | tee log",
        "(cd app; ./server {port})",
        "if test -d app; then ./server {port}; fi",
        "./server {port} & wait",
        "./server `cat flags` {port}",
        "run() { ./server $1; }; run {port}",
        "cd app && ./server {port};",
    ],
)
def test_where_its_last_command_is_no_simple_one_the_line_stays_as_it_is(text):
    assert read_command(text) == ["sh", "-c", text]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("serve", "'serve': write {port} where the command takes its port"),
        ("cd app && serve", "write {port} where"),
        ("serve 'x {port}", "is a quote missing?"),
        ("http://localhost:81/", "a server that runs is named as http://127.0.0.1:8081"),
    ],
)
def test_what_is_no_command_is_refused(text, fault):
    with pytest.raises(ValueError) as refused:
        read_command(text)
    assert fault in str(refused.value)


def test_a_server_that_runs_is_no_program():
    assert read_command("http://127.0.0.1:8081") == ["http://127.0.0.1:8081"]
    with pytest.raises(ValueError, match="write {port}"):
        read_program("http://127.0.0.1:8081")
