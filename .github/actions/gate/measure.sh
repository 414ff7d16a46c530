#!/usr/bin/env bash
# Measures what the inputs (GATE_...) name, from within the repository that is gated. Ends well whatever the verdict is;
# outputs: verdict, code (what the job is to exit with), beyond (what is only shown and worse than the margin), recording.
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../../scripts" && pwd)
recording=$(mktemp --directory "${RUNNER_TEMP:-/tmp}/gate-XXXXXX")

baseline=${GATE_BASELINE:-$(git -c safe.directory="$PWD" describe --tags --abbrev=0)} || {
    echo "::error title=Performance gate::baseline: this is no pull request, and no tag is known: name a ref"
    exit 2
}
sides=(--baseline "$baseline" --candidate "${GATE_CANDIDATE:-HEAD}")
for name in build-cmd serve-cmd target ready; do
    input=GATE_${name^^} input=${input//-/_}
    if [[ ${!input:-} ]]; then sides+=("--$name" "${!input}"); fi
done
# In words as a shell would, so that one may hold a space.
more=()
if [[ ${GATE_FLAGS:-} ]]; then mapfile -t more < <(xargs printf '%s\n' <<<"$GATE_FLAGS"); fi

# judge COMMAND FLAG...: its exit code in `code`, its report in the job's summary.
judge() {
    code=0
    "$scripts/$1.py" "${sides[@]}" --markdown "$recording/$1.md" "${@:2}" || code=$?
    if [[ -f $recording/$1.md ]]; then cat "$recording/$1.md" >>"$GITHUB_STEP_SUMMARY"; fi
}

# field DEFAULT EXPRESSION: of what the gate concluded, `it`.
field() {
    python=${PYTHON:-/usr/bin/python3}
    "$python" -c "import json, sys; it = json.load(open(sys.argv[1])); print($2)" "$recording/verdict.json" 2>/dev/null || echo "$1"
}

judge gate --margin "${GATE_MARGIN:-2%}" --output "$recording" --junit "$recording/gate.xml" \
    --history "$recording/history.jsonl" "${more[@]}"
verdict=$(field failed 'it["verdict"]')
if [[ ${GATE_COSTS:-} == true ]]; then
    in_time=$code
    judge costs
    # A count that rose, or that failed, is no less than a time.
    case $in_time/$code in
        [03]/1) verdict=regressed ;;
        [03]/[!0]*) verdict=failed code=2 ;;
        *) code=$in_time ;;
    esac
fi
{
    echo "verdict=$verdict"
    echo "code=$code"
    echo "beyond=$(field "" '", ".join(it["advisory_beyond_margin"])')"
    echo "recording=$recording"
} >>"$GITHUB_OUTPUT"
