"""What the house rules put up with, each with its reason. Only ever shorter: test_house.py sees to it."""

LONGER = {
    "loadgen/tests/runner_test.cpp": "to be split",
    "scripts/tests/synthetic.py": "one made-up recording, with a run of every kind",
    "scripts/tests/test_generator_faults.py": "to be split",
    "scripts/tests/test_results.py": "to be split",
}
UNUSED = {"processes/keeper.py": "runs as a process"}
TO_BE_RENAMED: set[str] = set()
