#include "servers/fiber_server.hpp"
#include "servers/server_main.hpp"

int main(int argc, char** argv) {
    return servers::server_main<servers::fiber_server>(argc, argv);
}
