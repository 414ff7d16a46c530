#!/usr/bin/env bash
# Installs what the gate needs and builds the load generator, in this project's own folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

flags=()
if [[ ${GATE_COSTS:-} == true ]]; then flags+=(--costs); fi
scripts/setup "${flags[@]}"
cmake --preset release
cmake --build --preset release --target loadgen
