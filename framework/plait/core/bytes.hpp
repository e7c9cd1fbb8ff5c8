#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace plait {

/// Bytes somebody else owns: valid for the call that received them, no longer.
using BytesView = std::string_view;

/// Bytes of one's own. Any value is allowed, NUL included.
using Bytes = std::string;

/// Immutable bytes with many owners: write the same large message to many transports without
/// copying it once.
using SharedBytes = std::shared_ptr<const Bytes>;

/// Moves `bytes` into a SharedBytes.
inline SharedBytes share(Bytes bytes) {
  return std::make_shared<const Bytes>(std::move(bytes));
}

}  // namespace plait
