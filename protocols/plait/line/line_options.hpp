#pragma once

#include <cstddef>
#include <plait/core/bytes.hpp>

namespace plait {

/// What a line is.
struct LineOptions {
  /// What ends a line; not empty. Strict: with CRLF a bare LF or CR is data. (Lenient line ends are
  /// how mail gets smuggled; choose "\n" where the protocol says so.)
  Bytes delimiter = "\r\n";
  /// Bytes a line may have, without its delimiter. Twisted: `MAX_LENGTH`.
  std::size_t maxLength = 16384;
};

}  // namespace plait
