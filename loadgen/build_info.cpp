#include "loadgen/build_info.hpp"

#include <fmt/core.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/version.hpp>

namespace loadgen {

std::string build_info_json() {
    const auto boost_version =
        fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
    const auto fmt_version =
        fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
    return boost::json::serialize(boost::json::object{{"version", SVA_VERSION},
                                                      {"compiler", SVA_COMPILER},
                                                      {"build_type", SVA_BUILD_TYPE},
                                                      {"flags", SVA_FLAGS},
                                                      {"boost", boost_version},
                                                      {"fmt", fmt_version}});
}

std::string version_text() {
    return "loadgen " SVA_VERSION "\n";
}

}  // namespace loadgen
