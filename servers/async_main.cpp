#include "servers/async_server.hpp"
#include "servers/server_main.hpp"

int main(int argc, char** argv) {
    return servers::server_main<servers::async_server>(argc, argv);
}
