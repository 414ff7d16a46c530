#!/usr/bin/python3
"""Which commit made it slower? Answers with its exit code.

Python has a module of this name too, and whatever imports it for a program of this folder, as `random` does,
comes here first: it is handed Python's own.
"""

if __name__ == "__main__":
    from cli.door import enter

    enter("bisecting.main")
else:
    import importlib.util
    import os
    import sys

    own = os.path.join(os.path.dirname(os.__file__), "bisect.py")
    spec = importlib.util.spec_from_file_location(__name__, own)
    sys.modules[__name__] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[__name__])
