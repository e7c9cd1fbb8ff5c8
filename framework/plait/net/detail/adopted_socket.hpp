#pragma once

#include <plait/core/address.hpp>
#include <plait/net/detail/unique_descriptor.hpp>
#include <string>
#include <system_error>

namespace plait::detail {

/// A duplicate, close-on-exec, of a stream socket that somebody else has opened, and what the
/// system says about it.
class AdoptedSocket {
 public:
  enum class Kind { listening, connected };

  /// Duplicates `descriptor`, which must be a TCP or UNIX socket of that kind; see `error`.
  AdoptedSocket(int descriptor, Kind kind);

  /// Why it cannot be adopted, if it cannot; `why` says it in words: "it does not listen".
  std::error_code error() const { return error_; }
  const std::string& why() const { return why_; }

  bool isUnix() const { return host_.as<UNIXAddress>() != nullptr; }
  const Address& host() const { return host_; }
  /// The other end of a connected one.
  const Address& peer() const { return peer_; }

  /// The duplicate, for the caller to keep.
  UniqueDescriptor take() { return std::move(descriptor_); }

 private:
  void look(Kind kind);
  void refuse(int error, std::string why);

  UniqueDescriptor descriptor_;
  std::error_code error_;
  std::string why_;
  Address host_;
  Address peer_;
};

}  // namespace plait::detail
