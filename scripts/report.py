#!/usr/bin/python3
"""Makes the report of a recording: report.html, and its charts."""

from cli.door import enter

enter("pages.page")
