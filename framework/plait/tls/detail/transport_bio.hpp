#pragma once

#include <plait/core/transport.hpp>

struct ssl_st;

namespace plait::detail {

/// Where a session of OpenSSL reads and writes: bytes that are lent to it, and a transport. Nothing
/// is copied but into OpenSSL, and from there into the transport's buffer.
struct TransportBio {
  BytesView input;  ///< what OpenSSL takes from; when it is empty, OpenSSL wants to read
  Transport& output;

  /// Makes `ssl` read and write here. Must outlive every use of `ssl`.
  void attachTo(ssl_st* ssl);
};

}  // namespace plait::detail
