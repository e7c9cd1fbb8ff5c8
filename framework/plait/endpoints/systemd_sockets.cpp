#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <plait/endpoints/systemd_sockets.hpp>
#include <stdexcept>

namespace plait {

namespace {

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value) return std::nullopt;
  return value;
}

/// A whole number and nothing else.
std::optional<int> number(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  int value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

void setCloseOnExec(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFD);
  if (flags != -1) fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC);
}

}  // namespace

ListenFDs::ListenFDs(std::vector<int> descriptors, std::vector<std::string> names)
    : descriptors_(std::move(descriptors)), names_(std::move(names)) {
  if (!names_.empty() && names_.size() != descriptors_.size()) {
    throw std::invalid_argument("ListenFDs: there must be as many names as descriptors, or none");
  }
}

ListenFDs ListenFDs::fromEnvironment(int start) {
  constexpr int kMostDescriptors = 65536;
  const auto count = number(environment("LISTEN_FDS"));
  if (number(environment("LISTEN_PID")) != getpid()) return {};
  if (!count || *count < 1 || *count > kMostDescriptors) return {};
  std::vector<std::string> names;
  if (const auto text = environment("LISTEN_FDNAMES")) {
    names = split(*text, ':');
    if (names.size() != static_cast<std::size_t>(*count)) return {};
  }

  std::vector<int> descriptors;
  for (int i = 0; i < *count; ++i) descriptors.push_back(start + i);
  // One that is not open fails where it is used, with an error that says so.
  for (int descriptor : descriptors) setCloseOnExec(descriptor);
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(name);
  return ListenFDs(std::move(descriptors), std::move(names));
}

const ListenFDs& ListenFDs::inherited() {
  static const ListenFDs found = fromEnvironment();
  return found;
}

std::optional<int> ListenFDs::named(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return std::nullopt;
  return descriptors_[static_cast<std::size_t>(found - names_.begin())];
}

}  // namespace plait
