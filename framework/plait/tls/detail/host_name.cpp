#include <fmt/format.h>

#include <algorithm>
#include <plait/core/address.hpp>
#include <plait/endpoints/idna.hpp>
#include <plait/tls/detail/host_name.hpp>
#include <stdexcept>

namespace plait::detail {
namespace {

/// What DNS names are made of, and '_', which some have.
bool isNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

std::string lowerCase(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

HostName parseHostName(std::string_view hostname) {
  if (hostname.empty()) {
    throw std::invalid_argument("TLS needs the name of the host it connects to, and it is empty");
  }
  if (isIPAddress(hostname)) return {std::string(hostname), true};
  const std::string_view withoutZone = hostname.substr(0, hostname.find('%'));
  if (isIPv6Address(withoutZone)) return {std::string(withoutZone), true};

  std::string name = lowerCase(hostnameToASCII(hostname));
  if (name.ends_with('.')) name.pop_back();
  if (!std::all_of(name.begin(), name.end(), isNameCharacter)) {
    throw std::invalid_argument(fmt::format(
        "invalid hostname: '{}' has more in it than letters, digits, '-', '_' and '.'", hostname));
  }
  return {std::move(name), false};
}

}  // namespace plait::detail
