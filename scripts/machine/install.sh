# Sourced by scripts/setup: installs the packages in `wanted`, as root or with sudo, and nothing where all is there.
# Uses the wanted, with_tests, flags and me of scripts/setup.

set_up() {
    local missing=() lacking=()
    command -v apt-get dpkg-query >/dev/null ||
        die "no apt-get here: install a C++20 compiler, CMake 3.25, Ninja, Boost $least_boost, fmt, CLI11, Google Benchmark," \
            "GoogleTest, Python 3.11 with matplotlib numpy jinja2 psutil rich pytest; then use cmake and scripts/bench.py"

    mapfile -t missing < <(not_installed "${wanted[@]}")
    boost_is_there || lacking+=("Boost $least_boost")
    context_is_there || lacking+=("Boost.Context")
    if $with_tests && ! sanitizers_are_there; then lacking+=("clang's sanitizers"); fi
    if ((${#missing[@]} + ${#lacking[@]} > 0)); then
        install_missing "${#lacking[@]}"
    else
        say "everything is there"
    fi
    check_versions
}

# Uses the missing and lacking of set_up.
install_missing() {
    find_root
    say "missing: $(join "${missing[@]}" "${lacking[@]}")"
    say "asking apt what there is"
    quietly "$log" as_root apt-get update
    local faults=() boost
    if ! boost_is_there; then
        boost=$(boost_package)
        missing+=($boost)
        [[ $boost ]] || faults+=("Boost $least_boost or newer is needed, this distribution has $(candidate libboost-dev)")
    fi
    context_is_there || missing+=($(context_package))
    if $with_tests && ! sanitizers_are_there; then
        mapfile -t -O "${#missing[@]}" missing < <(sanitizer_package)
    fi
    check_candidates
    check_removals "${missing[@]}"
    say "installing: ${missing[*]} (and what they need; some minutes)"
    without_services quietly "$log" as_root apt-get install --yes --no-install-recommends "${missing[@]}"
    rm -f "$log"
    boost_is_there || die "${missing[*]} came without Boost $least_boost in /usr/include/boost: install it by hand"
    say "done"
}

find_root() {
    sudo=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            die "missing: $(join "${missing[@]}" "${lacking[@]}"); as root, run: $here/setup${flags:+ $flags}"
        sudo=(sudo)
        # Asks for the password here, not into a log.
        sudo --validate || die "sudo refuses; as root, run: $here/setup${flags:+ $flags}"
    fi
    log=$(mktemp --tmpdir setup-XXXXXX.log)
}

as_root() {
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive "$1" -o DPkg::Lock::Timeout=300 "${@:2}"
}

# without_services COMMAND...: Debian starts a service as it installs one, unless a policy says no. What the machine
# has for a policy is put aside meanwhile and comes back however the command ends.
without_services() {
    policy=/usr/sbin/policy-rc.d
    trap restore_policy EXIT
    "${sudo[@]}" sh -c '[ -e "$1.aside" ] || [ ! -e "$1" ] || mv "$1" "$1.aside"
        printf "#!/bin/sh\nexit 101\n" >"$1" && chmod 755 "$1"' sh "$policy"
    "$@"
    restore_policy
    trap - EXIT
}

restore_policy() {
    "${sudo[@]}" sh -c 'rm -f "$1"; [ ! -e "$1.aside" ] || mv "$1.aside" "$1"' sh "$policy"
}

# Other versions of Boost's headers make way for the new ones; anything else is not for a script to remove.
check_removals() {
    local removed others
    removed=$(apt-get --simulate --no-install-recommends install "$@" | awk '$1 == "Remv" { print $2 }')
    [[ $removed ]] || return 0
    others=$(grep -vE '^libboost[0-9.]*-dev$' <<<"$removed" || true)
    [[ ! $others ]] ||
        die "installing $* would remove $(join $others): if that is right, run: apt-get install --no-install-recommends $*"
    say "removing: $(join $removed), which $(boost_package) takes the place of"
}

say() { echo "$me: $*"; }

die() {
    printf "$me: %s\n" "$@" >&2
    exit 2
}

join() {
    local IFS=,
    local text="$*"
    echo "${text//,/, }"
}
