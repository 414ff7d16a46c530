"""The suite `peers`: our load generator and others take turns against the same server, and what each cost.

tools.py knows their flags and output.py what they print; suite.py reads what is asked of them, bench.py makes
the runs and measure.py one of them; table.py is the one list of the columns of peers.csv, recorded.py reads
them and pairs the runs, words.py and report.py say what came of it.
"""
