// How a rank comes into an MPI job, and how it tells its launcher that it goes.
#include <mpi.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include <fmt/core.h>

#include "loadgen/fleet/guard.hpp"
#include "loadgen/fleet/mpi_fleet.hpp"

namespace loadgen {

// What MPICH's launcher, hydra, must hear from each rank before its end: otherwise it ends the others, as
// they had failed. A line of its protocol (PMI-1), and one for an answer.
bool say_farewell_to_launcher() {
    const char* const file = std::getenv("PMI_FD");
    if (file == nullptr || std::getenv("MPI_LOCALRANKID") == nullptr) return false;
    constexpr std::string_view farewell = "cmd=finalize\n";
    const int launcher = std::atoi(file);
    if (::write(launcher, farewell.data(), farewell.size()) != static_cast<ssize_t>(farewell.size()))
        return false;
    std::array<char, 256> answer;
    return ::read(launcher, answer.data(), answer.size()) > 0;
}

namespace {

// For tests, as ranks on one machine share its clock: see `clock_in`.
constexpr const char* wrong_clocks = "LOADGEN_CLOCKS";

std::string host_name() {
    std::array<char, 256> name{};
    ::gethostname(name.data(), name.size() - 1);
    return name.data();
}

// Before any load, so that all may wait in a collective.
std::vector<std::string> names_of_all(int ranks) {
    constexpr std::size_t longest = 256;
    auto own = host_name();
    own.resize(longest);
    std::string all(longest * static_cast<std::size_t>(ranks), '\0');
    MPI_Allgather(own.data(), longest, MPI_CHAR, all.data(), longest, MPI_CHAR, MPI_COMM_WORLD);
    std::vector<std::string> names;
    for (std::size_t at = 0; at < all.size(); at += longest) names.emplace_back(&all[at]);
    return names;
}

std::string name_of_run() {
    std::array<std::int64_t, 2> word{std::chrono::system_clock::now().time_since_epoch().count(), ::getpid()};
    MPI_Bcast(word.data(), static_cast<int>(word.size()), MPI_INT64_T, 0, MPI_COMM_WORLD);
    return fmt::format("{}-{}", word[0], word[1]);
}

// By the launcher of another MPI each process would be a whole run of its own.
void check_launcher(int ranks) {
    for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
        const char* const size = std::getenv(name);
        if (ranks == 1 && size != nullptr && std::atoi(size) > 1)
            throw std::runtime_error(fmt::format(
                "{} processes were started by the mpirun of another MPI than this program is built "
                "with: take mpirun.openmpi for loadgen-mpi, mpiexec.mpich for loadgen-mpi.mpich",
                size));
    }
}

}  // namespace

std::unique_ptr<fleet> join_fleet() {
    int level = 0, rank = 0, ranks = 1;
    continue_under_guard();
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (level < MPI_THREAD_FUNNELED)
        throw std::runtime_error("this MPI library allows no threads beside the one that calls it");
    check_launcher(ranks);
    const char* const wrong = std::getenv(wrong_clocks);
    const auto own = clock_in(wrong == nullptr ? "" : wrong, static_cast<unsigned>(rank), clock::now());
    if (!own) throw std::runtime_error(fmt::format("{}={}: is not as 0,500ms,-1s@20", wrong_clocks, wrong));
    return std::make_unique<mpi_fleet>(static_cast<unsigned>(rank), names_of_all(ranks), name_of_run(), *own);
}

}  // namespace loadgen
