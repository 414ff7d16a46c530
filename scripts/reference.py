#!/usr/bin/python3
"""Makes a recording the committed one of its name."""

from cli.door import enter

if __name__ == "__main__":
    enter("pages.reference")
