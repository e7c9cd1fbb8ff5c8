#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <plait/tls/detail/openssl.hpp>
#include <plait/tls/private_certificate.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace plait::detail {

/// A certificate as a handshake needs it.
struct ServerCertificate {
  PrivateCertificate certificate;
  X509StackPtr chain;
};

/// The certificates of a server, found by the names in them. Never changes.
class ServerCertificates {
 public:
  /// At least one.
  explicit ServerCertificates(std::vector<PrivateCertificate> certificates);

  const ServerCertificate& first() const { return certificates_.front(); }
  /// The first that has `name`; else the first that has a wildcard for it; else null.
  const ServerCertificate* find(std::string_view name) const;

 private:
  std::vector<ServerCertificate> certificates_;
  std::unordered_map<std::string, std::size_t> byName_;  // in lower case; wildcards as they are
};

/// The certificates that handshakes use now.
///
/// Thread: any.
class CurrentCertificates {
 public:
  std::shared_ptr<const ServerCertificates> get() const;
  void set(std::shared_ptr<const ServerCertificates> certificates);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const ServerCertificates> certificates_;
};

}  // namespace plait::detail
