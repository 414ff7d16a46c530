# Sourced by scripts/setup: the packages there are to install, and what apt and dpkg say of them.

build_packages=(g++ cmake ninja-build mold pkg-config git libfmt-dev libcli11-dev libbenchmark-dev libgtest-dev libssl-dev
    liburing-dev)
# munkres is named because matplotlib's fonttools would otherwise be content with scipy, which conflicts with the
# versioned Boost packages of Debian 12.
python_packages=(python3 python3-matplotlib python3-munkres python3-numpy python3-pil python3-jinja2 python3-psutil
    python3-rich python3-pytest)
mpi_packages=(openmpi-bin libopenmpi-dev mpich libmpich-dev)
test_packages=(clang clang-format black flake8 libpq-dev postgresql python3-pytest-xdist python3-yaml tcpdump openssl
    valgrind strace dpkg-dev file chromium chromium-driver python3-protobuf protobuf-compiler
    "${mpi_packages[@]}")
declare -A more_packages=(
    [--tests]="${test_packages[*]}"
    [--machines]="debootstrap"
    [--peers]="wrk nghttp2-client apache2-utils hey nginx-light tcpdump"
    [--servers]="nginx-light libcpp-httplib-dev libmicrohttpd-dev"
    [--frameworks]="python3-flask gunicorn python3-gevent uvicorn python3-quart python3-hypercorn python3-aiohttp
        python3-starlette python3-asgiref"
    [--runtimes]="golang-go nodejs openjdk-17-jdk-headless"
    [--databases]="postgresql libpq-dev"
    [--costs]="valgrind strace"
    [--mpi]="${mpi_packages[*]}"
)

not_installed() {
    local package
    for package in "$@"; do
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed* ]] || echo "$package"
    done
}

candidate() {
    apt-cache policy "$1" | sed -n 's/^ *Candidate: *//p' | grep -v '(none)' || true
}

# The default package if it is new enough, otherwise the newest versioned one that is, otherwise nothing.
boost_package() {
    local package newest=
    if is_at_least "$(candidate libboost-dev)" "$least_boost"; then
        echo libboost-dev
        return
    fi
    while read -r package; do
        is_at_least "$(candidate "$package")" "$least_boost" && newest=$package
    done < <(apt-cache pkgnames libboost | grep -E '^libboost[0-9]+\.[0-9]+-dev$' | sort --version-sort)
    echo "$newest"
}

# Boost.Context of the same release, for fiber_server.
context_package() {
    local headers
    headers=$(boost_package)
    echo "${headers/libboost/libboost-context}"
}

# The run-time libraries that belong to the distribution's clang; where there is no such package clang brings them.
sanitizer_package() {
    local major
    major=$(apt-cache depends clang | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1)
    [[ $(candidate "libclang-rt-$major-dev") ]] && echo "libclang-rt-$major-dev" || true
}
