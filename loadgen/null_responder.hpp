// The cheapest server there is, for calibration: on loopback, one thread, fixed bytes in reply to whatever
// ends like a request header. What a generator reaches against it, it reaches against nothing else.
#pragma once

#include <thread>

#include <boost/asio/ip/tcp.hpp>

namespace loadgen {

class null_responder {
public:
    null_responder();   // throws std::system_error when it cannot listen
    ~null_responder();  // ends its thread and closes every connection
    null_responder(const null_responder&) = delete;
    null_responder& operator=(const null_responder&) = delete;

    boost::asio::ip::tcp::endpoint endpoint() const { return endpoint_; }

private:
    int listener_ = -1;
    int stop_ = -1;  // an eventfd
    int set_ = -1;   // of descriptors to wait for
    boost::asio::ip::tcp::endpoint endpoint_;
    std::jthread thread_;
};

}  // namespace loadgen
