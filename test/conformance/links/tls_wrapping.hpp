#pragma once

#include <plait/tls/tls_factory.hpp>

#include "../tls_contexts.hpp"
#include "links.hpp"

namespace plait::testing {

/// TLS over whatever there is.
inline Wrapping tlsWrapping() {
  return {
      .server =
          [](std::shared_ptr<Factory> factory) {
            return tlsServer(testServerContext(), std::move(factory));
          },
      .client =
          [](std::shared_ptr<ClientFactory> factory) {
            return tlsClient(testClientContext(), std::move(factory));
          },
  };
}

}  // namespace plait::testing
