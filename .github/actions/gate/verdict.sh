#!/usr/bin/env bash
# Ends the job as the gate did. Not being able to tell is no reason to stop a pull request, and none to be silent; but
# where what is only shown is wholly worse than the margin, it is no green either.
set -euo pipefail

if [[ $GATE_CODE == 3 && ${GATE_BEYOND:-} ]]; then
    echo "::error title=Performance gate::inconclusive, and worse by more than the margin: $GATE_BEYOND"
elif [[ $GATE_CODE == 3 ]]; then
    echo "::warning title=Performance gate::inconclusive: see the job's summary"
    exit 0
fi
exit "$GATE_CODE"
