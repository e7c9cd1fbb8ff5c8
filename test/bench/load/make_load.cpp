#include <stdexcept>

#include "load/churn_load.hpp"
#include "load/fanout_load.hpp"
#include "load/load.hpp"
#include "load/request_load.hpp"

namespace bench {

std::unique_ptr<Load> makeLoad(const Options& options, const ServerProcess* server) {
  switch (options.kind) {
    case Kind::requests:
      return std::make_unique<RequestLoad>(options);
    case Kind::churn:
      return std::make_unique<ChurnLoad>(options, server);
    case Kind::fanout:
      return std::make_unique<FanoutLoad>(options);
    case Kind::idle:
      break;
  }
  throw std::logic_error("idle connections are no load");
}

}  // namespace bench
