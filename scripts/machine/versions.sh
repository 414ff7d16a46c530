# Sourced by scripts/setup: which versions are new enough, and whether what is there is.

least_boost=1.81
least_versions="cmake CMake 3.25
python3 Python 3.11
g++ g++ 11"

# Otherwise it is an installed copy, in which nothing is built.
is_checkout() { [[ -e $here/../CMakeLists.txt ]]; }

is_at_least() {
    [[ $1 ]] && dpkg --compare-versions "$1" ge "$2"
}

# A version without Debian's epoch and revision.
upstream() {
    local version=${1#*:}
    echo "${version%%-*}"
}

# Boost is judged by the version of its headers: its packages are named differently from release to release.
boost_is_there() {
    local header version
    is_checkout || return 0
    for header in /usr/local/include/boost/version.hpp /usr/include/boost/version.hpp; do
        if [[ -r $header ]]; then
            version=$(sed -n 's/^#define BOOST_VERSION \([0-9]*\).*/\1/p' "$header")
            dpkg --compare-versions "$((version / 100000)).$((version / 100 % 1000))" ge "$least_boost"
            return
        fi
    done
    return 1
}

context_is_there() { compgen -G "/usr/local/lib/libboost_context.a" >/dev/null || compgen -G "/usr/lib/*/libboost_context.a" >/dev/null; }

sanitizers_are_there() {
    command -v clang++ >/dev/null &&
        clang++ -fsanitize=address -x c++ - -o /dev/null <<<'int main() {}' 2>/dev/null
}

# What is about to be installed is known to be new enough before anything is installed. Adds to the caller's faults.
check_candidates() {
    local package name least
    while read -r package name least; do
        if [[ " ${missing[*]} " == *" $package "* ]] && ! is_at_least "$(upstream "$(candidate "$package")")" "$least"; then
            faults+=("$name $least or newer is needed, this distribution has $(candidate "$package")")
        fi
    done <<<"$least_versions"
    for package in "${missing[@]}"; do
        [[ $(candidate "$package") ]] || faults+=("$package: apt knows no such package: is the distribution's main archive enabled?")
    done
    ((${#faults[@]} == 0)) || die "${faults[@]}" "nothing was installed: use Debian 12, Ubuntu 24.04 or later, or install these by hand"
}

# Packages that are there already may be older or newer than the distribution's, from PATH or from elsewhere.
check_versions() {
    local faults=() python=${PYTHON:-/usr/bin/python3} version
    is_checkout || return 0
    version=$(cmake --version | sed -n '1s/.* //p')
    is_at_least "$version" 3.25 || faults+=("$(command -v cmake) is $version: CMake 3.25 or newer is needed")
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    is_at_least "$version" 3.11 || faults+=("$python is $version: Python 3.11 or newer is needed")
    ((${#faults[@]} == 0)) || die "${faults[@]}"
}
