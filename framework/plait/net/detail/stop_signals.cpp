#include <csignal>
#include <optional>
#include <plait/net/detail/stop_signals.hpp>

namespace plait::detail {

struct StopSignals::State {
  std::optional<asio::basic_signal_set<Executor>> signals;  // none: no longer caught
  UniqueFunction<bool(int signal)> received;
};

StopSignals::StopSignals(asio::io_context& context, UniqueFunction<bool(int signal)> received)
    : state_(std::make_shared<State>()) {
  state_->received = std::move(received);
  state_->signals.emplace(context.get_executor(), SIGINT, SIGTERM);
  wait(state_);
}

StopSignals::~StopSignals() {
  state_->signals.reset();
}

void StopSignals::wait(const std::shared_ptr<State>& state) {
  state->signals->async_wait([state](ErrorCode error, int signal) {
    if (error || !state->signals) return;
    const bool goOn = state->received(signal);
    if (!state->signals) return;
    if (goOn) {
      wait(state);
    } else {
      state->signals.reset();
    }
  });
}

}  // namespace plait::detail
