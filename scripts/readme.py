#!/usr/bin/python3
"""Keeps the figures and flags of every README true."""

from cli.door import enter

if __name__ == "__main__":
    enter("pages.readme")
