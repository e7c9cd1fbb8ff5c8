#pragma once

#include <plait/net/detail/asio.hpp>
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

  /// Throws std::system_error when the system watches too much already.
  template <class Socket>
  void moveInto(Socket& socket) {
    ErrorCode error;
    socket.assign(protocol(), descriptor_.get(), error);
    if (error) throw std::system_error(std::error_code(error));
    descriptor_.release();
  }

 private:
  void look(Kind kind);
  void refuse(int error, std::string why);
  asio::generic::stream_protocol protocol() const;

  UniqueDescriptor descriptor_;
  std::error_code error_;
  std::string why_;
  Address host_;
  Address peer_;
};

}  // namespace plait::detail
