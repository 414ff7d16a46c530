#!/usr/bin/python3
"""Is the candidate slower than the baseline, by more than a margin? Answers with its exit code."""

from cli.door import enter

enter("gating.main")
