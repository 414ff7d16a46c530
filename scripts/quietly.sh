# Sourced by the scripts beside it: long commands whose output is wanted only when they fail.

trap 'exit 130' INT  # a build that is interrupted has not failed: its last lines are of no interest

# quietly LOG COMMAND [ARGUMENT...]: the command's output goes to LOG; its last lines are shown if it fails.
quietly() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    if ! "$@" >"$log" 2>&1 </dev/null; then
        echo "failed: $*" >&2
        tail -n 40 "$log" >&2
        echo "the whole output is in $log" >&2
        return 1
    fi
}
