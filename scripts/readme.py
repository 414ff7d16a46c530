#!/usr/bin/python3
"""Keeps the figures and flags of every README true."""

from cli.door import enter

enter("pages.readme")
