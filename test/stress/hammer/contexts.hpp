#pragma once

#include <plait/tls/client_tls_options.hpp>
#include <plait/tls/server_tls_options.hpp>

#include "unit/support/test_certificates.hpp"

namespace plait::stress {

/// Made anew a thread: contexts are for one reactor.
inline std::shared_ptr<TLSContext> serverContext() {
  thread_local const auto context = serverTLS({.certificates = {testing::testServerCertificate()}});
  return context;
}
inline std::shared_ptr<TLSContext> clientContext() {
  thread_local const auto context =
      optionsForClientTLS("localhost", {.trust = testing::testAuthority().trust()});
  return context;
}

}  // namespace plait::stress
