// Good clients and bad ones at once, as many kinds as there are: the good get every reply whatever the bad
// do. In the sanitizers' builds this is what they watch.

#include <chrono>
#include <cstdint>
#include <future>
#include <string>
#include <vector>

#include "servers/tests/models.hpp"

namespace servers::tests {
namespace {

using namespace std::chrono_literals;

// What one client does, so many times; it returns false when it was not served as it should be.
struct conduct {
    bool (*act)(std::uint16_t port);
    int turns = 25;
};

bool asks_well(std::uint16_t port) {
    return client(port).get("/task?wait_ms=1&block_ms=1&cpu_ms=1").body == R"({"result":"Task Complete!"})";
}

bool asks_for_the_counters(std::uint16_t port) {
    return client(port).get("/stats").body.ends_with("}");
}

bool asks_until_the_connection_is_closed(std::uint16_t port) {
    client one(port);
    for (int i = 0; i < 10; ++i) {
        const received_reply reply = one.get("/ping");
        if (reply.status != 200) return false;
        if (reply.headers.at("connection") == "close") return one.at_end();
    }
    return true;
}

bool waits_to_be_told_to_go_on(std::uint16_t port) {
    client one(port);
    one.send(get_request("/ping", "Expect: 100-continue\r\nContent-Length: 1\r\n"));
    if (one.receive().status != 100) return false;
    one.send("x");
    return one.receive().status == 200;
}

bool makes_no_sense(std::uint16_t port) {
    client one(port);
    one.send("nonsense\r\n\r\nGET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
    return one.receive().status == 400 && one.at_end();
}

bool smuggles(std::uint16_t port) {
    client one(port);
    one.send(get_request("/ping", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"));
    return one.receive().status == 400;
}

bool sends_too_much(std::uint16_t port) {
    client one(port);
    one.send(get_request("/ping", "Content-Length: 2000000\r\n") + std::string(100'000, 'x'));
    return one.receive().status == 413;
}

bool leaves_without_its_replies(std::uint16_t port) {
    client one(port);
    std::string many;
    for (int i = 0; i < 100; ++i) many += get_request("/task?wait_ms=1");
    one.send(many);
    one.reset();
    return true;
}

bool leaves_halfway(std::uint16_t port) {
    client(port).send("GET /pi");
    return true;
}

bool never_gets_to_its_end(std::uint16_t port) {
    client one(port);
    one.send("GET /ping HTTP/1.1\r\nX: ");
    return one.receive().status == 408;
}

const std::vector<conduct>& conducts() {
    static const std::vector<conduct> all = {{asks_well},
                                             {asks_for_the_counters},
                                             {asks_until_the_connection_is_closed},
                                             {waits_to_be_told_to_go_on},
                                             {makes_no_sense},
                                             {smuggles},
                                             {sends_too_much},
                                             {leaves_without_its_replies},
                                             {leaves_halfway},
                                             {never_gets_to_its_end, 1}};
    return all;
}

template <class Model>
class crowd : public served<Model> {};
TYPED_TEST_SUITE(crowd, models, model_names);

TYPED_TEST(crowd, of_good_and_bad_clients_is_served_as_each_deserves) {
    // Long enough for whoever is good, on a slow machine with a sanitizer, to have sent what it sends.
    this->chosen.read_timeout = 1s;
    this->serve();
    std::vector<std::future<int>> all;
    for (const conduct& each : conducts()) {
        all.push_back(std::async(std::launch::async, [&each, port = this->port()] {
            int well = 0;
            for (int i = 0; i < each.turns; ++i) well += each.act(port) ? 1 : 0;
            return well;
        }));
    }
    for (std::size_t i = 0; i < all.size(); ++i)
        EXPECT_EQ(all[i].get(), conducts()[i].turns) << "conduct " << i;
    EXPECT_NE(this->stats().find(R"("failures":0)"), std::string::npos);
}

}  // namespace
}  // namespace servers::tests
