// The claim "no allocation per request" is counted, not believed: ten times the requests must not allocate
// more.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "loadgen/request_bytes.hpp"
#include "loadgen/tests/scripted_server.hpp"
#include "loadgen/tests/uninterrupted.hpp"

namespace {
std::atomic<bool> counting = false;  // NOLINT: operator new has nowhere else to keep them
std::atomic<std::uint64_t> allocations = 0;
std::atomic<std::uint64_t> failing = 0;  // the one of that number, counted from 1, fails

void* counted(std::size_t size, std::size_t alignment) {
    if (counting && !loadgen::tests::is_serving && ++allocations == failing) throw std::bad_alloc();
    void* memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
}  // namespace

void* operator new(std::size_t size) {
    return counted(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}

namespace loadgen {
namespace {

using namespace tests;
using namespace std::chrono_literals;

measurement run_of(std::uint64_t requests, arrivals kind) {
    scripted_server server([](socket& peer) {
        std::array<char, 1024> part{};
        boost::system::error_code fault;
        while (peer.read_some(boost::asio::buffer(part), fault) > 0) send(peer, ok_reply);
    });
    plan what;
    what.server = server.endpoint();
    what.classes.push_back(
        {"a", 1, "/",
         request_bytes({.method = "GET", .host = "test", .headers = {}, .body = {}, .keep = true}, "/")});
    what.classes.push_back(what.classes.front());
    what.load.requests = requests;
    what.load.arrivals = kind;
    what.load.rate = 5000;
    what.connections = 8;
    what.rows_cap = 100;  // rows are memory by design, capped; beyond the cap nothing may grow
    allocations = 0;
    counting = true;
    auto measured = run_uninterrupted(what);
    counting = false;
    return measured;
}

std::uint64_t allocations_of(std::uint64_t requests, arrivals kind) {
    EXPECT_EQ(run_of(requests, kind).record.count(outcome::ok), requests);
    return allocations;
}

TEST(allocation, more_requests_of_a_closed_loop_do_not_allocate_more) {
    const auto few = allocations_of(200, arrivals::closed), many = allocations_of(4000, arrivals::closed);
    EXPECT_LE(many, few + 40) << "the sampler may run longer, requests may not add";
}

TEST(allocation, more_requests_of_an_open_loop_do_not_allocate_more) {
    const auto few = allocations_of(200, arrivals::poisson), many = allocations_of(4000, arrivals::poisson);
    EXPECT_LE(many, few + 40);
}

// Memory may end anywhere. Whatever the one allocation was for, the run ends, in an error or with what it
// has, in which every request has its outcome.
TEST(allocation, any_one_may_fail_and_the_run_still_ends_with_every_outcome) {
    for (const auto kind : {arrivals::closed, arrivals::constant}) {
        std::uint64_t needed = 1;
        for (failing = 1; failing <= needed; ++failing) {
            try {
                const auto measured = run_of(40, kind);
                EXPECT_EQ(measured.record.requests(), 40U) << failing;
                if (allocations > needed) needed = allocations;
            } catch (const std::bad_alloc&) {
                needed = std::max<std::uint64_t>(needed, failing + 1);
            } catch (const std::exception& told) {
                needed = std::max<std::uint64_t>(needed, failing + 1);
                EXPECT_NE(std::string(told.what()), "") << failing;
            }
            counting = false;
        }
        EXPECT_GT(needed, 20U);
    }
    failing = 0;
}

}  // namespace
}  // namespace loadgen
