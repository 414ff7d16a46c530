// GNU libmicrohttpd in its two models: a thread per connection, or one thread that waits with epoll.
#include <microhttpd.h>
#include <netinet/in.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr unsigned most_connections = 16384;
constexpr std::string_view body = R"({"result":"pong"})";

// Called once when the header is there and again when the body is; who answers at once has the connection
// closed.
MHD_Result answer(void*, MHD_Connection* connection, const char*, const char*, const char*, const char*,
                  size_t* body_bytes, void** seen) {
    if (*seen == nullptr || *body_bytes > 0) {
        *seen = connection;
        *body_bytes = 0;
        return MHD_YES;
    }
    MHD_Response* response =
        MHD_create_response_from_buffer(body.size(), const_cast<char*>(body.data()), MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    const MHD_Result queued = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return queued;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view model = argc > 1 ? argv[1] : "";
    if (model != "threads" && model != "epoll") {
        std::fprintf(stderr, "usage: microhttpd_server threads|epoll [PORT]\n");
        return 2;
    }
    const unsigned flags =
        model == "epoll" ? MHD_USE_EPOLL_INTERNAL_THREAD
                         : MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(argc > 2 ? std::atoi(argv[2]) : 0));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MHD_Daemon* daemon = MHD_start_daemon(flags, 0, nullptr, nullptr, &answer, nullptr, MHD_OPTION_SOCK_ADDR,
                                          &address, MHD_OPTION_CONNECTION_LIMIT, most_connections,
                                          MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096U, MHD_OPTION_END);
    if (daemon == nullptr) {
        std::fprintf(stderr, "microhttpd_server: cannot listen on 127.0.0.1\n");
        return 1;
    }
    const unsigned port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    std::printf("listening on 127.0.0.1:%u\n", port);
    std::fflush(stdout);
    ::pause();  // SIGTERM ends it
}
