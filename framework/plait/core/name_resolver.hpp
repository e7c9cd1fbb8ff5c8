#pragma once

#include <memory>
#include <plait/core/address.hpp>
#include <plait/core/deferred_fwd.hpp>
#include <string>
#include <vector>

namespace plait {

/// Which addresses are asked for.
enum class AddressFamily { any, ipv4, ipv6 };

/// Looks host names up. A reactor has one (getaddrinfo(3), on threads of its own), and takes
/// another. Twisted: `IHostnameResolver`.
///
/// Thread: its reactor's only.
class NameResolver {
 public:
  virtual ~NameResolver() = default;

  /// The addresses of `host` (port 0), in the order to be tried; an IP literal is its own. Fails
  /// with DNSLookupError. Cancelling it ends the wait at once.
  virtual Deferred<std::vector<Address>> resolve(std::string host,
                                                 AddressFamily family = AddressFamily::any) = 0;
};

/// Twisted: `IReactorPluggableNameResolver`.
class ReactorNames {
 public:
  virtual ~ReactorNames() = default;

  /// The resolver in place.
  virtual NameResolver& nameResolver() = 0;
  /// Puts another in place, for lookups from now on; null brings the reactor's own back. Returns
  /// the one it replaces, null for the reactor's own.
  virtual std::shared_ptr<NameResolver> installNameResolver(
      std::shared_ptr<NameResolver> resolver) = 0;
};

}  // namespace plait
