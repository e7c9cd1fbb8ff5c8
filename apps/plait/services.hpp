#pragma once

#include <memory>
#include <optional>
#include <plait/net/reactor_pool.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace plait::app {

/// What a service may be told.
struct ServiceOptions {
  std::optional<std::size_t> maxLength;  ///< unset = the protocol's default
  std::string delimiter = "\r\n";
};

/// A service of the program.
struct Service {
  std::string_view name;
  std::string_view what;  ///< one line of --help
  bool takesMaxLength;
  bool takesDelimiter;
  /// A factory to listen with on this pool, at any number of places.
  std::shared_ptr<Factory> (*makeFactory)(ReactorPool&, const ServiceOptions&);
};

/// All of them, in the order of --help.
const std::vector<Service>& services();
/// By name; null when there is none.
const Service* findService(std::string_view name);

}  // namespace plait::app
