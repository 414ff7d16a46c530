// The description of a recording: what `--schema` prints and what lies beside its CSVs as datapackage.json. A
// Frictionless Tabular Data Package (specs.frictionlessdata.io, version 1), made of the lists of columns.
#pragma once

#include <string>

namespace loadgen {

std::string datapackage_json();

}  // namespace loadgen
