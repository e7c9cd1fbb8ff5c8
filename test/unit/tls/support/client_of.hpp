#pragma once

#include <memory>
#include <plait/tls/client_tls_options.hpp>
#include <string_view>

#include "../../support/test_certificates.hpp"

namespace plait::testing {

/// A client that asks for `hostname`, and trusts the authority of the tests whatever names are in
/// the certificates it is shown.
inline std::shared_ptr<TLSContext> clientOf(std::string_view hostname,
                                            ClientTLSOptions options = {}) {
  options.trust = testAuthority().trust();
  options.verifyHostname = false;
  return optionsForClientTLS(hostname, std::move(options));
}

}  // namespace plait::testing
