"""Recordings of the suite `peers` from before it was a suite like any other: how their peers.csv is read.

table.py is the one list of the columns of peers.csv, recorded.py reads them and pairs the runs, words.py and
report.py say what came of it.
"""
