"""Flask's development server: flask_dev.py flask_app|flask_async_app PORT threads|one-thread."""

import importlib
import logging
import sys


def main(argv: list[str]) -> None:
    module, port, threads = argv
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line per request is not what is measured
    app = importlib.import_module(module).app
    app.run(host="127.0.0.1", port=int(port), threaded=threads == "threads")


if __name__ == "__main__":
    main(sys.argv[1:])
