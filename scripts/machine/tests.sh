# Sourced by scripts/test: the suites of tests, each of which leaves a JUnit file, and what they come to.

python=${PYTHON:-/usr/bin/python3}
marks="not slow"

begin_reports() {
    reports=$PWD/build/tests
    suites=()
    rm -rf "$reports"
}

# test_cpp PRESET
test_cpp() {
    local preset=$1
    suites+=("ctest-$preset=$reports/$preset.xml,build/$preset/gtest")
    echo "scripts/test: building build/$preset (some minutes the first time)"
    if quietly "$reports/$preset-build.log" build_all "$preset"; then
        echo "scripts/test: ctest, $preset"
        rm -rf "build/$preset/gtest"
        # What failed, and what it printed, is shown from the report at the end.
        ctest --preset "$preset" --output-junit "$reports/$preset.xml" >"$reports/$preset-ctest.log" 2>&1 || true
    fi
}

build_all() { afresh_if_moved "$1" && cmake --preset "$1" && cmake --build --preset "$1"; }

# test_python SUITE WORDS PATH...
test_python() {
    suites+=("$1=$reports/$1.xml")
    echo "scripts/test: $2"
    "${root[@]}" "$python" -m pytest -q -m "$marks" --junitxml "$reports/$1.xml" "${@:3}" || true
}

# Tests that start servers or generators and look at the clock: one after the other, and alone on the machine.
alone=(test_action test_bench test_bench_clients test_bench_outside test_bisect test_clients test_end_to_end test_fleet test_frameworks test_gate test_generator test_generator_features test_generator_tls test_wire
    test_generator_faults test_generator_servers test_kept_process test_measure test_outside_servers test_postgres test_runtimes test_server_process test_trials)

# The scripts' tests: those that only compute on all cores, the others alone.
test_scripts() {
    local paths=("${alone[@]/%/.py}")
    test_python pytest "pytest, on all cores" -n "$(nproc)" --dist loadfile "${paths[@]/#/--ignore=scripts/tests/}" scripts/tests
    test_python pytest-alone "pytest, of what must have the machine alone" "${paths[@]/#/scripts/tests/}"
}

# as_root FUNCTION...: with sudo before the programs that it starts, unless we are root.
as_root() {
    local root=()
    ((EUID == 0)) || root=(sudo)
    "$@"
}
root=()

add_up() { exec "$python" scripts/tests/tally.py "${suites[@]}"; }
