#!/usr/bin/python3
"""What a request costs, in instructions, allocations and system calls; of two sides, what grew and where."""

from cli.door import enter

enter("costing.main")
