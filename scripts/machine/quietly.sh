# Sourced by the scripts beside it: long commands whose output is wanted only when they fail, and builds.

trap 'exit 130' INT  # a build that is interrupted has not failed: its last lines are of no interest

# quietly LOG COMMAND [ARGUMENT...]: the command's output goes to LOG; its last lines are shown if it fails.
quietly() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")" || return 1
    # What an earlier command left there must not be shown as the reason of this one.
    rm -f "$log" && : >"$log" || { echo "$log cannot be written: remove it, or run as its owner" >&2; return 1; }
    if ! "$@" >"$log" 2>&1 </dev/null; then
        echo "failed: $*" >&2
        tail -n 40 "$log" >&2
        echo "the whole output is in $log" >&2
        return 1
    fi
}

# afresh_if_moved PRESET: CMake refuses a build folder that was moved or copied along until it begins afresh.
afresh_if_moved() {
    local cache=build/$1/CMakeCache.txt home
    [[ -f $cache ]] || return 0
    home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$cache")
    [[ $home -ef $PWD && -d $home ]] || cmake --fresh --preset "$1"
}
