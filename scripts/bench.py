#!/usr/bin/python3
"""Runs a suite and makes its report.

In a checkout scripts/bench installs and builds first, and then calls this.
"""

from cli.door import enter

enter("benching.bench")
