#!/usr/bin/python3
"""Makes a recording the committed one of its name."""

from cli.door import enter

enter("pages.reference")
