#include "load/server_process.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>

namespace bench {

ServerProcess::ServerProcess(pid_t pid) : pid_(pid) {
  const int error = clock_getcpuclockid(pid, &clock_);
  if (error != 0) {
    throw std::runtime_error(
        fmt::format("the CPU time of process {}: {}", pid, std::strerror(error)));
  }
}

std::uint64_t ServerProcess::cpuNanoseconds() const {
  timespec time{};
  if (clock_gettime(clock_, &time) != 0) {
    throw std::runtime_error(
        fmt::format("the CPU time of process {}: {}", pid_, std::strerror(errno)));
  }
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

std::uint64_t ServerProcess::anonymousBytes() const {
  std::ifstream file(fmt::format("/proc/{}/smaps_rollup", pid_));
  for (std::string word; file >> word;) {
    std::uint64_t kibibytes = 0;
    if (word == "Anonymous:" && file >> kibibytes) return kibibytes * 1024;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  throw std::runtime_error(fmt::format("cannot read the memory of process {}", pid_));
}

std::size_t ServerProcess::descriptors() const {
  const std::filesystem::directory_iterator open(fmt::format("/proc/{}/fd", pid_));
  return static_cast<std::size_t>(std::distance(begin(open), end(open)));
}

}  // namespace bench
