#!/usr/bin/python3
"""Writes a recording in the format of another tool: as a trace for Perfetto."""

from cli.door import enter

if __name__ == "__main__":
    enter("exporting.main")
