#pragma once

#include <string>
#include <string_view>

namespace plait::detail {

/// True for a name of Linux's abstract name space, which begins with a null byte and has no file.
inline bool isAbstract(std::string_view name) {
  return !name.empty() && name.front() == '\0';
}

/// Why no UNIX socket can have this name; empty when one can.
std::string whyNoUnixName(std::string_view name);

}  // namespace plait::detail
