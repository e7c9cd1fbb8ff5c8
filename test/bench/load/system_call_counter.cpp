#include "load/system_call_counter.hpp"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace bench {
namespace {

constexpr const char* kTracepoint = "/sys/kernel/tracing/events/raw_syscalls/sys_enter/id";

[[noreturn]] void fail(const char* why) {
  throw std::runtime_error(fmt::format("cannot count system calls: {}", why));
}

int openEvent(const perf_event_attr& attributes, pid_t thread) {
  const long event = syscall(SYS_perf_event_open, &attributes, thread, -1, -1, 0);
  if (event < 0) fail(std::strerror(errno));
  return static_cast<int>(event);
}

}  // namespace

SystemCallCounter::SystemCallCounter(pid_t pid) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.size = sizeof attributes;
  attributes.inherit = 1;
  if (!(std::ifstream(kTracepoint) >> attributes.config)) fail("there is no tracefs to read");
  for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid))) {
    events_.push_back(openEvent(attributes, std::stoi(task.path().filename())));
  }
}

SystemCallCounter::~SystemCallCounter() {
  for (const int event : events_) close(event);
}

std::uint64_t SystemCallCounter::count() const {
  std::uint64_t total = 0;
  for (const int event : events_) {
    std::uint64_t value = 0;
    if (read(event, &value, sizeof value) != sizeof value) fail("no count");
    total += value;
  }
  return total;
}

}  // namespace bench
