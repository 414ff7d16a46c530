// What of the command line says what is asked of which server, and what its replies should be.
#pragma once

#include <string>
#include <string_view>

#include "loadgen/checker.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/raw_options.hpp"
#include "loadgen/request_bytes.hpp"

namespace loadgen {

void check_classes(const raw_options& raw, checker& check, plan& to);
void check_expected(const raw_options& raw, checker& check, plan& to);

// What all requests have in common: all but the host.
request_shape check_shape(const raw_options& raw, checker& check, connection_mode mode);

// `name` is what the user calls the URL: there may be two.
void check_target(const raw_options& raw, std::string_view name, const std::string& url, request_shape shape,
                  checker& check, plan& to);

}  // namespace loadgen
