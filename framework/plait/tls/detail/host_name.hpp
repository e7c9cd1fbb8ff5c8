#pragma once

#include <string>
#include <string_view>

namespace plait::detail {

/// The host that a client wants to find at the other end.
struct HostName {
  std::string text;        ///< an address; or a name in ASCII, lower case
  bool isAddress = false;  ///< an IPv4 or IPv6 literal
};

/// Reads a host name (international ones in UTF-8; a dot at the end is dropped) or an IP address (a
/// zone is dropped). std::invalid_argument when it is neither.
HostName parseHostName(std::string_view hostname);

}  // namespace plait::detail
