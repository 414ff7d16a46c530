#!/usr/bin/python3
"""Compares two recordings, or two variants inside one, metric by metric, with intervals."""

from cli.door import enter

enter("pages.compare")
