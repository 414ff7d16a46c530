#!/usr/bin/python3
"""Makes the report of a recording: report.html, and its charts."""

from cli.door import enter

if __name__ == "__main__":
    enter("pages.page")
