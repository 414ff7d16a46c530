// A time as a person reads it: three or four significant digits in the unit that suits the value.
#pragma once

#include <string>

namespace loadgen {

std::string time_text(double value_us);  // "12.5 us", "3.25 ms", "1.500 s"

}  // namespace loadgen
