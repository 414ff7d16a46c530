#include "loadgen/shortage.hpp"

#include <cerrno>

namespace loadgen {

shortage shortage_of(int fault) {
    switch (fault) {
        case EMFILE:
        case ENFILE:
            return shortage::files;
        case EADDRNOTAVAIL:  // connect(): every local port is taken
        case EADDRINUSE:
        case EAGAIN:  // connect(): the same, as ip(7) and connect(2) also have it
            return shortage::ports;
        case ENOBUFS:
        case ENOMEM:
            return shortage::memory;
        case ENOSPC:  // epoll_ctl()
            return shortage::events;
        default:
            return shortage::none;
    }
}

}  // namespace loadgen
