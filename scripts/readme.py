#!/usr/bin/python3
"""Keeps the README's figures and flags true."""

from cli.door import enter

if __name__ == "__main__":
    enter("pages.readme")
