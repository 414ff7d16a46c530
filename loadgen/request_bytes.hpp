// The bytes of a request, prepared once per class, as they go over the wire.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace loadgen {

struct request_shape {
    std::string method = "GET";
    std::string host;                  // for the Host field, unless `headers` has one
    std::vector<std::string> headers;  // "Name: value"
    std::string body;
    bool keep = true;  // false adds "Connection: close", unless `headers` say it
};

// Empty when "Name: value" is well-formed, otherwise what is wrong with it.
std::string fault_in_header(std::string_view header);
// The same of all headers together, and of them beside what the generator itself does with its connections.
std::string fault_in_headers(const request_shape& shape);
// The same of a path with its query, with what to write instead.
std::string fault_in_target(std::string_view target);

bool has_header(const request_shape& shape, std::string_view lower_name);

std::string request_bytes(const request_shape& shape, std::string_view target);

}  // namespace loadgen
