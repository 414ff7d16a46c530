#include "servers/options.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/un.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <deque>
#include <functional>
#include <limits>
#include <optional>

namespace servers {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_limit = std::chrono::hours(1);

std::optional<std::uint64_t> to_number(std::string_view text) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return number;
}

// "500ms", "10s" or "5m"; a bare number would leave its unit to be guessed, so it is none.
std::optional<milliseconds> to_duration(std::string_view text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view unit = text.substr(digits);
    const auto number = to_number(text.substr(0, digits));
    const std::uint64_t scale = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60'000 : 0;
    if (!number || scale == 0 || *number > static_cast<std::uint64_t>(longest_limit.count()))
        return std::nullopt;
    return milliseconds(static_cast<milliseconds::rep>(*number * scale));
}

std::string duration_text(milliseconds duration) {
    return duration.count() % 1000 == 0 ? fmt::format("{}s", duration.count() / 1000)
                                        : fmt::format("{}ms", duration.count());
}

// CLI11 stops at the first value it cannot convert. So that all mistakes come at once it is given text only,
// and each flag's text is converted afterwards.
class flag_reader {
public:
    explicit flag_reader(const model_flags& model)
        : app_(std::string(model.summary), std::string(model.program)) {
        app_.allow_extras();
    }

    void text(const std::string& name, std::string& value, const std::string& help,
              std::function<std::string(const std::string&)> fault) {
        add(name, "TEXT", value, help, [&value, fault = std::move(fault)](const std::string& given) {
            value = given;
            return fault(given);
        });
    }

    template <class Number>
    void number(const std::string& name, Number& value, Number least, Number most, const std::string& help) {
        add(name, "N", fmt::to_string(value), help,
            [&value, least, most](const std::string& given) -> std::string {
                const auto number = to_number(given);
                if (!number || *number < static_cast<std::uint64_t>(least) ||
                    *number > static_cast<std::uint64_t>(most)) {
                    return fmt::format("'{}' is not a whole number from {} to {}", given, least, most);
                }
                value = static_cast<Number>(*number);
                return {};
            });
    }

    void duration(const std::string& name, milliseconds& value, const std::string& help) {
        add(name, "TIME", duration_text(value), help, [&value](const std::string& given) -> std::string {
            const auto duration = to_duration(given);
            if (!duration || duration->count() == 0 || *duration > longest_limit) {
                return fmt::format("'{}' is not a time such as 500ms, 10s or 5m, at most 60m", given);
            }
            value = *duration;
            return {};
        });
    }

    void nanoseconds(const std::string& name, std::chrono::nanoseconds& value, std::uint64_t most,
                     const std::string& help) {
        add(name, "N", fmt::to_string(value.count()), help,
            [&value, most](const std::string& given) -> std::string {
                const auto number = to_number(given);
                if (!number || *number > most) {
                    return fmt::format("'{}' is not a whole number of nanoseconds from 0 to {}", given, most);
                }
                value = std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(*number));
                return {};
            });
    }

    // --threads N, or per-request where the model has that; 0 in `value` means per-request.
    void threads(unsigned& value, bool per_request) {
        const std::string fallback = per_request ? "per-request" : "1";
        const std::string help = per_request ? "per-request, or N workers that serve one connection at a time"
                                             : "event loops, each with a thread of its own";
        value = per_request ? 0 : 1;
        add("--threads", per_request ? "per-request|N" : "N", fallback, help,
            [&value, per_request](const std::string& given) -> std::string {
                const bool each = per_request && given == "per-request";
                const auto number = each ? std::optional<std::uint64_t>(0) : to_number(given);
                if (!number || *number > most_threads || (*number == 0 && !each)) {
                    return fmt::format("'{}' is not {}a whole number from 1 to {}", given,
                                       per_request ? "per-request or " : "", most_threads);
                }
                value = static_cast<unsigned>(*number);
                return {};
            });
    }

    void flag(const std::string& name, bool& value, const std::string& help) {
        app_.add_flag(name, value, help);
    }

    void parse(const std::vector<std::string>& arguments, parsed_options& result) {
        try {
            app_.parse(std::vector<std::string>(arguments.rbegin(),
                                                arguments.rend()));  // CLI11 takes the last first
        } catch (const CLI::CallForHelp&) {
            result.help = app_.help();
            return;
        } catch (const CLI::ParseError& error) {
            result.mistakes.emplace_back(error.what());
            return;
        }
        for (const valued_flag& each : flags_) {
            if (each.option->count() == 0) continue;
            const std::string fault = each.read(each.given);
            if (!fault.empty())
                result.mistakes.push_back(fmt::format("{}: {}", each.option->get_name(), fault));
        }
        for (const std::string& unknown : app_.remaining()) {
            result.mistakes.push_back(fmt::format("{}: no such flag; --help lists them", unknown));
        }
    }

private:
    static constexpr unsigned most_threads = 20'000;

    struct valued_flag {
        CLI::Option* option = nullptr;
        std::string given;
        std::function<std::string(const std::string&)> read;  // returns the fault, or nothing
    };

    void add(const std::string& name, const std::string& kind, const std::string& fallback,
             const std::string& help, std::function<std::string(const std::string&)> read) {
        valued_flag& added = flags_.emplace_back();
        added.read = std::move(read);
        added.option =
            app_.add_option(name, added.given, help)->type_name(kind)->default_str(fallback)->take_last();
    }

    CLI::App app_;
    std::deque<valued_flag> flags_;  // CLI11 keeps the addresses
};

std::string address_fault(const std::string& given) {
    in6_addr ignored{};
    constexpr std::string_view unix_scheme = "unix:/";
    constexpr std::size_t longest = unix_scheme.size() - 1 + sizeof(sockaddr_un::sun_path) - 1;
    const bool known = inet_pton(AF_INET, given.c_str(), &ignored) == 1 ||
                       inet_pton(AF_INET6, given.c_str(), &ignored) == 1 ||
                       (given.starts_with(unix_scheme) && given.size() <= longest);
    return known ? ""
                 : fmt::format(
                       "'{}' is neither an IP address such as 127.0.0.1 or ::1 nor unix:/PATH of at most {} "
                       "bytes",
                       given, longest - (unix_scheme.size() - 1));
}

}  // namespace

milliseconds options::shortest_limit() const {
    return std::min({read_timeout, write_timeout, idle_timeout, linger_timeout});
}

milliseconds options::tick() const {
    return std::clamp(shortest_limit() / 4, milliseconds(10), milliseconds(500));
}

parsed_options parse_options(const model_flags& model, const std::vector<std::string>& arguments) {
    parsed_options result;
    options& chosen = result.chosen;
    flag_reader flags(model);
    flags.text("--address", chosen.address, "IP address to listen on, or unix:/PATH", address_fault);
    flags.number<std::uint16_t>("--port", chosen.port, 0, 65535, "port to listen on; 0 for any free one");
    flags.threads(chosen.threads, model.thread_per_request);
    if (model.thread_per_request) {
        flags.flag("--keep", chosen.keep, "N workers: keep connections, and serve one request at a time");
    }
    if (model.offload) {
        flags.number("--offload", chosen.offload, 0U, 1024U,
                     "threads for block_ms and cpu_ms; 0: in the event loop");
    }
    if (model.cancels) {
        flags.flag("--cancel-abandoned", chosen.cancel_abandoned,
                   "end a request's wait when its client closes, resets or ends its sending meanwhile");
    }
    flags.number("--backlog", chosen.backlog, 1, 65535,
                 "connections the kernel holds until they are accepted");
    flags.number<std::size_t>("--max-connections", chosen.max_connections, 1, 1'000'000,
                              "more are answered 503");
    flags.number<std::size_t>("--max-header-bytes", chosen.max_header_bytes, 64, 1 << 20,
                              "more is answered 431, or 414 for the target");
    flags.number<std::size_t>("--max-body-bytes", chosen.max_body_bytes, 0, 1 << 30, "more is answered 413");
    flags.duration("--read-timeout", chosen.read_timeout,
                   "for a whole request to arrive; later is answered 408");
    flags.duration("--write-timeout", chosen.write_timeout, "for a reply to be taken; later is cut off");
    flags.duration("--idle-timeout", chosen.idle_timeout, "for a kept connection's next request to begin");
    flags.duration("--linger-timeout", chosen.linger_timeout, "for a client to close after its last reply");
    flags.duration("--drain-timeout", chosen.drain_timeout, "for requests in flight to end after SIGTERM");
    flags.text("--db", chosen.database.conninfo, "PostgreSQL's connection string, for /db", conninfo_fault);
    flags.number("--db-connections", chosen.database.connections, 1U, 1000U,
                 model.offload ? "open at a time, divided over the event loops" : "open at a time");
    flags.duration("--db-timeout", chosen.database.timeout,
                   "for a request to get a connection; later is answered 503");
    flags.nanoseconds("--handicap-ns", chosen.handicap, 1'000'000'000,
                      "test only, to make a server slower on purpose: processor time wasted on each request");
    flags.parse(arguments, result);
    if (chosen.keep && chosen.threads == 0) {
        result.mistakes.emplace_back(
            "--keep: a thread for each connection keeps it anyway: give --threads N, or leave it out");
    }
    const bool divided = model.offload && !chosen.database.conninfo.empty();
    if (divided && chosen.database.connections < chosen.threads) {
        result.mistakes.push_back(
            fmt::format("--db-connections: {} cannot be divided over {} event loops: each needs one",
                        chosen.database.connections, chosen.threads));
    }
    return result;
}

}  // namespace servers
