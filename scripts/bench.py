#!/usr/bin/python3
"""Runs a suite and makes its report. In a checkout scripts/bench installs and builds before."""

from cli.door import enter

enter("benching.bench")
