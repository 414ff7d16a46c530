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
    bool keep = true;  // false adds "Connection: close"
};

// Empty when "Name: value" is well-formed, otherwise what is wrong with it.
std::string fault_in_header(std::string_view header);

std::string request_bytes(const request_shape& shape, std::string_view target);

}  // namespace loadgen
