#include <fmt/format.h>
#include <sys/un.h>

#include <plait/net/detail/unix_name.hpp>

namespace plait::detail {

namespace {

constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;

}  // namespace

std::string whyNoUnixName(std::string_view name) {
  if (name.empty()) return "the path is empty";
  if (name.size() > kLongest) {
    return fmt::format("the path has {} bytes, that of a UNIX socket has {} at most", name.size(),
                       kLongest);
  }
  if (!isAbstract(name) && name.find('\0') != name.npos) return "the path has a null byte in it";
  return {};
}

}  // namespace plait::detail
