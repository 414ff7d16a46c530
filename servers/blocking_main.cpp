#include "servers/blocking_server.hpp"
#include "servers/server_main.hpp"

int main(int argc, char** argv) {
    return servers::server_main<servers::blocking_server>(argc, argv);
}
