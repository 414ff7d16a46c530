#include "servers/workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/verb.hpp>
#include <boost/url/decode_view.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cctype>
#include <charconv>
#include <string>

namespace servers {
namespace {

namespace http = boost::beast::http;
namespace urls = boost::urls;

enum class route { ping, task, async_task, db, health, stats };

struct path_to {
    std::string_view path;
    route leads;
};

constexpr std::array<path_to, 6> routes{{{"/ping", route::ping},
                                         {"/task", route::task},
                                         {"/async-task", route::async_task},
                                         {"/db", route::db},
                                         {"/health", route::health},
                                         {"/stats", route::stats}}};

struct parameter {
    std::string_view name;
    std::chrono::milliseconds plan::*part;  // null: it is the number of bytes
};

constexpr std::array<parameter, 4> task_parameters{
    {{"wait_ms", &plan::wait}, {"block_ms", &plan::block}, {"cpu_ms", &plan::compute}, {"bytes", nullptr}}};
constexpr std::array<parameter, 1> db_parameters{{{"wait_ms", &plan::wait}}};

// Enough of a client's own words to recognise them, in a message of bounded length.
std::string_view shown(std::string_view text) {
    return text.substr(0, 64);
}

plan reply_with(reply what) {
    return {.reply = std::move(what)};
}

plan fault(unsigned status, std::string_view message) {
    return reply_with(error_reply(status, message));
}

template <std::size_t Count>
std::string names_of(const std::array<parameter, Count>& parameters) {
    std::string names;
    for (const parameter& each : parameters) names.append(names.empty() ? "" : ", ").append(each.name);
    return names;
}

// Reads the parameters into `made`; returns what is wrong with them, or nothing.
template <std::size_t Count>
std::string read_parameters(const urls::url_view& target, const std::array<parameter, Count>& parameters,
                            plan& made) {
    std::array<bool, Count> seen{};
    for (const urls::param_pct_view given : target.encoded_params()) {
        const std::string name = given.key.decode();
        const auto known = std::ranges::find(parameters, name, &parameter::name);
        if (known == parameters.end()) {
            return fmt::format("unknown parameter '{}'; known are {}", shown(name), names_of(parameters));
        }
        bool& again = seen[static_cast<std::size_t>(known - parameters.begin())];
        if (std::exchange(again, true)) return fmt::format("{} is given more than once", name);

        const std::string value = given.value.decode();
        unsigned number = 0;
        const char* const end = value.data() + value.size();
        const auto [stopped, error] = std::from_chars(value.data(), end, number);
        const bool is_time = known->part != nullptr;
        const std::size_t most = is_time ? static_cast<std::size_t>(longest_part.count()) : most_bytes;
        if (error != std::errc{} || stopped != end || number > most) {
            return fmt::format("{}: '{}' is not a whole number{} from 0 to {}", name, shown(value),
                               is_time ? " of milliseconds" : "", most);
        }
        if (is_time) {
            made.*(known->part) = std::chrono::milliseconds(number);
        } else {
            made.bytes = number;
        }
    }
    return {};
}

// A JSON string of so many bytes; a number, where that is but one.
std::string text_of(std::size_t bytes) {
    std::string made(bytes, bytes > 1 ? 'x' : '0');
    if (bytes > 1) made.front() = made.back() = '"';
    return made;
}

plan plan_task(const urls::url_view& target) {
    plan made{.reply = {.constant = R"({"result":"Task Complete!"})"}};
    const std::string wrong = read_parameters(target, task_parameters, made);
    if (!wrong.empty()) return fault(400, wrong);
    if (made.bytes > 0) made.reply.made = text_of(made.bytes);
    return made;
}

plan plan_db(const urls::url_view& target) {
    plan asked;
    const std::string wrong = read_parameters(target, db_parameters, asked);
    if (!wrong.empty()) return fault(400, wrong);
    return {.database = asked.wait, .reply = {.constant = R"({"result":"Task Complete!"})"}};
}

plan plan_route(route asked, const urls::url_view& target) {
    if (asked == route::task) return plan_task(target);
    if (asked == route::db) return plan_db(target);
    if (target.has_query()) return fault(400, "this path takes no parameters");
    switch (asked) {
        case route::ping:
            return reply_with({.constant = R"({"result":"pong"})"});
        case route::async_task:
            return {.wait = article_wait, .reply = {.constant = R"({"result":"Task Complete!"})"}};
        case route::health:
            return reply_with({.constant = R"({"status":"ok"})"});
        default:
            return {.stats = true, .reply = {}};
    }
}

// By hand, because what Boost 1.81 has for it (in Beast and in URL alike) reads a character too many.
bool is_http_url(std::string_view text) {
    constexpr std::string_view start = "http://";
    return std::ranges::equal(text.substr(0, start.size()), start,
                              [](unsigned char given, char wanted) { return std::tolower(given) == wanted; });
}

// RFC 9110 section 9.3.7: what OPTIONS asks of the server as a whole; no other method has this target.
plan plan_server(http::verb verb) {
    if (verb != http::verb::options) return fault(400, "the target * is for OPTIONS only");
    return reply_with({.constant = R"({"methods":"GET, HEAD, OPTIONS"})", .allow = "GET, HEAD, OPTIONS"});
}

plan plan_target(http::verb verb, std::string_view text) {
    if (text == "*") return plan_server(verb);
    urls::url_view target;
    // Most targets are a path and nothing else, and need no parsing.
    auto known = std::ranges::find(routes, text, &path_to::path);
    if (known == routes.end()) {
        const urls::string_view given(text.data(), text.size());
        // What starts otherwise is not given to parse_absolute_uri(): its assertions do not hold for all of
        // it.
        const auto parsed =
            is_http_url(text) ? urls::parse_absolute_uri(given) : urls::parse_origin_form(given);
        if (!parsed) {
            return fault(
                400, fmt::format("the request target '{}' is neither a path nor an http URL", shown(text)));
        }
        target = *parsed;
        // RFC 9110 sections 4.2.1 and 4.2.4.
        if (target.has_userinfo()) return fault(400, "the request target names a user");
        if (target.has_scheme() && target.encoded_host().empty()) {
            return fault(400, "the request target names no host");
        }
        known = std::ranges::find_if(routes, [&](const path_to& candidate) {
            return *target.encoded_path() == urls::string_view(candidate.path.data(), candidate.path.size());
        });
    }
    if (known == routes.end()) {
        return fault(404, "unknown path; known are /ping, /task, /async-task, /db, /health, /stats");
    }
    if (verb != http::verb::get && verb != http::verb::head) {
        reply refusal = error_reply(405, "this path has GET and HEAD only");
        refusal.allow = "GET, HEAD";
        return reply_with(std::move(refusal));
    }
    return plan_route(known->leads, target);
}

}  // namespace

plan make_plan(std::string_view method, std::string_view target) {
    const http::verb verb = http::string_to_verb({method.data(), method.size()});
    if (verb == http::verb::unknown) {
        return fault(501, fmt::format("the method '{}' is not implemented", shown(method)));
    }
    plan made = plan_target(verb, target);
    made.reply.head = verb == http::verb::head;
    return made;
}

}  // namespace servers
