// ListenFDs: whatever the environment says, it gives descriptors in a row with a name each or none,
// or nothing, and then the environment is as it was.
//
// Input: choices (which variables there are, whether the process is this one), then LISTEN_FDS and
// LISTEN_FDNAMES, each up to the end of a line.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <plait/endpoints/systemd_sockets.hpp>

#include "../support/check.hpp"
#include "../support/choices.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

/// Where no descriptor is open.
constexpr int kStart = 100000;

void set(const char* name, const std::string& value, bool there) {
  if (there) {
    setenv(name, value.c_str(), 1);
  } else {
    unsetenv(name);
  }
}

void tryEnvironment(BytesView input) {
  Choices choices(input);
  const bool mine = !choices.flag();
  const bool hasCount = !choices.flag();
  const bool hasNames = choices.flag();
  const BytesView rest = choices.rest();
  const std::size_t lineEnd = std::min(rest.find('\n'), rest.size());
  const std::string count(rest.substr(0, lineEnd));
  const std::string names(rest.substr(std::min(lineEnd + 1, rest.size())));
  set("LISTEN_PID", std::to_string(getpid() + (mine ? 0 : 1)), true);
  set("LISTEN_FDS", count, hasCount);
  set("LISTEN_FDNAMES", names, hasNames);

  const ListenFDs found = ListenFDs::fromEnvironment(kStart);
  const auto& descriptors = found.descriptors();
  check(descriptors.empty() == (getenv("LISTEN_PID") != nullptr),
        "the environment is kept, or what it says is not");
  check(mine || descriptors.empty(), "descriptors that are meant for another process");
  check(hasCount || descriptors.empty(), "descriptors that were not counted");
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    check(descriptors[i] == kStart + static_cast<int>(i), "which descriptor it is");
  }
  const std::string asIs = names.substr(0, names.find('\0'));
  if (hasNames && !descriptors.empty()) {
    check(found.named(asIs.substr(0, asIs.find(':'))) == kStart, "the first name");
    const auto colons = std::count(asIs.begin(), asIs.end(), ':');
    check(descriptors.size() == static_cast<std::size_t>(colons) + 1, "a name for each");
  }
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(name);
}

const Target target("systemd_environment", tryEnvironment);

}  // namespace
}  // namespace plait::fuzz
