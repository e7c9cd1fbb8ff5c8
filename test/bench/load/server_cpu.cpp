#include "load/server_cpu.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>

namespace bench {
namespace {

std::uint64_t fromSchedstat(pid_t pid) {
  std::uint64_t total = 0;
  for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid))) {
    std::uint64_t running = 0;
    std::ifstream(task.path() / "schedstat") >> running;
    total += running;
  }
  return total;
}

std::uint64_t fromStat(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  // The name, in parentheses, may hold anything, so fields are counted after it; see proc(5).
  file.ignore(std::numeric_limits<std::streamsize>::max(), ')');
  std::string skipped;
  for (int field = 3; field < 14; ++field) file >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  file >> user >> system;
  return (user + system) * (1'000'000'000 / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK)));
}

bool hasSchedstat(pid_t pid) {
  std::uint64_t running = 0;
  return static_cast<bool>(std::ifstream(fmt::format("/proc/{}/schedstat", pid)) >> running) &&
         running != 0;
}

}  // namespace

ServerCpu::ServerCpu(pid_t pid) : pid_(pid), precise_(hasSchedstat(pid)) {
  if (!std::filesystem::exists(fmt::format("/proc/{}/stat", pid))) {
    throw std::runtime_error(fmt::format("no process {} whose CPU time could be read", pid));
  }
}

std::uint64_t ServerCpu::nanoseconds() const {
  return precise_ ? fromSchedstat(pid_) : fromStat(pid_);
}

}  // namespace bench
