#pragma once

#include <plait/core/errors.hpp>

namespace plait {

/// The factory refused the connection that an endpoint has made: its `buildProtocol` gave none.
struct NoProtocol : Error {
  NoProtocol() : Error("the factory made no protocol for the connection") {}
};

}  // namespace plait
