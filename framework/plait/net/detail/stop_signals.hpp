#pragma once

#include <boost/asio/signal_set.hpp>
#include <plait/core/unique_function.hpp>
#include <plait/net/detail/asio.hpp>

namespace plait::detail {

/// SIGINT and SIGTERM, caught for as long as this lives.
class StopSignals {
 public:
  /// Calls `received` on the context for each. Once it returns false, signals have their usual
  /// effect again. Throws std::system_error when there is no catching them.
  StopSignals(asio::io_context& context, UniqueFunction<bool(int signal)> received);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

 private:
  struct State;
  static void wait(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace plait::detail
