#pragma once

#include <deque>
#include <mutex>
#include <plait/tls/detail/openssl.hpp>

namespace plait::detail {

/// The sessions that a client can resume with one host: the newest few.
///
/// Thread: any.
class SessionStore {
 public:
  /// A server gives two tickets a connection; this serves a handful of connections made at once.
  static constexpr std::size_t most = 16;

  void keep(SessionPtr session);
  /// One to resume, or null. A session of TLS 1.3 is given away, because using a ticket twice would
  /// tell observers that it is the same client (RFC 8446, appendix C.4); one of TLS 1.2 stays.
  SessionPtr take();

 private:
  std::mutex mutex_;
  std::deque<SessionPtr> sessions_;  // oldest first
};

}  // namespace plait::detail
