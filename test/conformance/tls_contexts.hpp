#pragma once

#include <plait/tls/client_tls_options.hpp>
#include <plait/tls/server_tls_options.hpp>

#include "unit/support/test_certificates.hpp"

namespace plait::testing {

inline std::shared_ptr<TLSContext> testServerContext() {
  static const auto context = serverTLS({.certificates = {testServerCertificate()}});
  return context;
}

inline std::shared_ptr<TLSContext> testClientContext() {
  static const auto context = optionsForClientTLS("localhost", {.trust = testAuthority().trust()});
  return context;
}

}  // namespace plait::testing
