// cpp-httplib, a widely used header-only server: a thread of its pool per connection, as long as that is
// kept.
#include <httplib.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

namespace {

constexpr int most_connections = 256;  // each holds a thread of the pool
constexpr std::size_t requests_without_end = 1'000'000'000;

// The library sends none, and everybody else does. Written anew once a second by each thread.
const std::string& date_now() {
    thread_local std::string text;
    thread_local std::time_t second = 0;
    const std::time_t now = std::time(nullptr);
    if (now != second) {
        std::array<char, 64> room{};
        std::tm parts{};
        text.assign(room.data(), std::strftime(room.data(), room.size(), "%a, %d %b %Y %H:%M:%S GMT",
                                               ::gmtime_r(&now, &parts)));
        second = now;
    }
    return text;
}

}  // namespace

int main(int argc, char** argv) {
    httplib::Server server;
    server.new_task_queue = [] { return new httplib::ThreadPool(most_connections); };
    server.set_keep_alive_max_count(requests_without_end);
    server.set_keep_alive_timeout(60);
    server.set_tcp_nodelay(true);
    const auto pong = [](const httplib::Request&, httplib::Response& response) {
        response.set_header("Date", date_now());
        response.set_content(R"({"result":"pong"})", "application/json");
    };
    server.Get("/ping", pong);
    server.Get("/health", pong);
    const int asked = argc == 2 ? std::atoi(argv[1]) : 0;
    const int port = asked > 0 && server.bind_to_port("127.0.0.1", asked) ? asked
                     : asked > 0                                          ? -1
                                 : server.bind_to_any_port("127.0.0.1");
    if (port < 0) {
        std::fprintf(stderr, "httplib_server: cannot listen on 127.0.0.1:%d\n", asked);
        return 1;
    }
    std::printf("listening on 127.0.0.1:%d\n", port);
    std::fflush(stdout);
    return server.listen_after_bind() ? 0 : 1;
}
