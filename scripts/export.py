#!/usr/bin/python3
"""Writes a recording in the format of another tool: as a trace for Perfetto."""

from cli.door import enter

enter("exporting.formats")
