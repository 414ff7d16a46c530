#!/usr/bin/python3
"""Serves a private PostgreSQL until it is told to end."""

from cli.door import enter

enter("processes.postgres")
