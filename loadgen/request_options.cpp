#include "loadgen/request_options.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "loadgen/file_text.hpp"
#include "loadgen/target.hpp"

namespace loadgen {
namespace {

// A thread has histograms of its own for each class. So many are held by four classes in 256 threads.
constexpr std::size_t most_classes_of_threads = 1024;
constexpr std::size_t most_targets = 100'000;
constexpr std::size_t most_bytes_of_targets = std::size_t{1} << 30;

// A target in each line. Returns none after a mistake.
std::vector<std::string> read_targets(const std::string& path, checker& check) {
    std::vector<std::string> targets;
    const auto fault = read_list(path, [&](std::string_view line) -> std::string {
        const auto wrong = line.starts_with('/') ? fault_in_target(line) : "does not begin with /";
        if (!wrong.empty()) return fmt::format("the target '{}' {}", line, wrong);
        targets.emplace_back(line);
        return targets.size() > most_targets ? fmt::format("more than {} targets", most_targets) : "";
    });
    check.require(fault.empty(), fmt::format("--targets {}: {}", path, fault));
    if (!fault.empty()) targets.clear();
    return targets;
}

// The targets of a file take turns, each with bytes of its own.
void set_targets(const raw_options& raw, const request_shape& shape, checker& check, request_class& all) {
    const auto targets = read_targets(raw.targets, check);
    const bool fits = targets.size() * shape.body.size() <= most_bytes_of_targets;
    check.require(
        fits, fmt::format("--targets {}: {} of them, with a --body of {} bytes each, take more than 1 GiB: "
                          "take fewer, or a smaller body",
                          raw.targets, targets.size(), shape.body.size()));
    if (targets.empty() || !fits) return;
    all.target = targets.front();
    all.bytes = request_bytes(shape, all.target);
    auto further = std::make_shared<std::vector<std::string>>();
    for (std::size_t i = 1; i < targets.size(); ++i) further->push_back(request_bytes(shape, targets[i]));
    all.further = std::move(further);
}

}  // namespace

void check_classes(const raw_options& raw, checker& check, plan& to) {
    for (const auto& text : raw.mix) {
        auto parsed = parse_class(text);
        check.require(parsed.value.has_value(), "--mix " + parsed.fault);
        if (parsed.value) to.classes.push_back(std::move(*parsed.value));
    }
    std::set<std::string> names;
    for (const auto& c : to.classes) {
        check.label("--mix name", c.name);
        check.require(names.insert(c.name).second,
                      fmt::format("--mix: the class name '{}' is used twice", c.name));
    }
    check.require(raw.mix.size() <= most_classes,
                  fmt::format("--mix: {} classes are more than {}", raw.mix.size(), most_classes));
    check.require(
        raw.mix.size() * to.threads <= most_classes_of_threads,
        fmt::format("--mix: {} classes in each of {} threads are more than {}: each takes 1.6 MB of "
                    "memory",
                    raw.mix.size(), to.threads, most_classes_of_threads));
    check.require(!raw.method.empty() && std::all_of(raw.method.begin(), raw.method.end(),
                                                     [](char c) { return c >= 'A' && c <= 'Z'; }),
                  fmt::format("--method {}: is not an HTTP method such as GET or POST", raw.method));
    check.require(raw.method != "CONNECT",
                  "--method CONNECT: asks for a tunnel, whose end no reply has: use another method");
    for (const auto& header : raw.headers) {
        const auto fault = fault_in_header(header);
        check.require(fault.empty(), fmt::format("--header '{}': {}", header, fault));
    }
    to.is_head = raw.method == "HEAD";
}

void check_expected(const raw_options& raw, checker& check, plan& to) {
    if (!raw.expect_status.empty()) {
        const auto statuses = parse_statuses(raw.expect_status);
        check.require(
            statuses.has_value(),
            fmt::format("--expect-status {}: is not a list such as 204 or 2xx,304", raw.expect_status));
        if (statuses) to.expected.statuses = *statuses;
    }
    auto body = text_or_file(raw.expect_body);
    check.require(body.fault.empty(), fmt::format("--expect-body {}: {}", raw.expect_body, body.fault));
    check.require(raw.expect_body.empty() || !body.fault.empty() || !body.bytes.empty(),
                  fmt::format("--expect-body {}: is empty, and every body holds that", raw.expect_body));
    check.require(raw.expect_body.empty() || !to.is_head, "--expect-body: the reply to a HEAD has none");
    to.expected.body = text_search(std::move(body.bytes));
}

request_shape check_shape(const raw_options& raw, checker& check, connection_mode mode) {
    request_shape shape{raw.method, {}, raw.headers, {}, mode == connection_mode::kept};
    auto body = text_or_file(raw.body);
    check.require(body.fault.empty(), fmt::format("--body {}: {}", raw.body, body.fault));
    shape.body = std::move(body.bytes);
    return shape;
}

void check_target(const raw_options& raw, std::string_view name, const std::string& url, request_shape shape,
                  checker& check, plan& to) {
    const auto found = resolve_target(url, raw.allow_remote, name);
    if (!found.fault.empty()) return check.require(false, found.fault);
    to.server = found.endpoint;
    if (found.tls_host) to.tls = tls_terms{*found.tls_host, raw.insecure};
    shape.host = found.host;
    if (!found.authorization.empty() && !has_header(shape, "authorization"))
        shape.headers.push_back(found.authorization);
    const auto together = fault_in_headers(shape);
    check.require(together.empty(), "--header: " + together);
    const bool has_targets = !raw.mix.empty() || !raw.targets.empty();
    check.require(
        !has_targets || found.path == "/",
        fmt::format("{} '{}': with --mix or --targets it has no path, they have theirs", name, url));
    check.require(raw.mix.empty() || raw.targets.empty(), "--targets: has one class, and --mix has its own");
    if (raw.mix.empty()) to.classes.push_back({"all", 1, found.path, {}});
    for (auto& c : to.classes) c.bytes = request_bytes(shape, c.target);
    if (raw.mix.empty() && !raw.targets.empty()) set_targets(raw, shape, check, to.classes.front());
}

}  // namespace loadgen
