#include "reactor_link.hpp"

#include "unit/net/support/run_until.hpp"

namespace plait::testing {

namespace {

/// What the system has on its way is there after this time, mostly.
constexpr auto kQuiet = std::chrono::milliseconds(2);

}  // namespace

ReactorLink::ReactorLink(Log& log) {
  reactor_.emplace(ReactorOptions{.log = &log, .installSignalHandlers = false});
  reactor_->startRunning();
}

bool ReactorLink::runUntil(const std::function<bool()>& condition) {
  return plait::testing::runUntil(*reactor_, condition);
}

void ReactorLink::settle() {
  auto& context = ioContext(*reactor_);
  do {
    runWhatIsReady(*reactor_);
  } while (context.run_one_for(kQuiet) > 0);
}

void ReactorLink::pass(Duration duration) {
  bool passed = false;
  reactor_->callLater(duration, [&passed] { passed = true; });
  runUntil([&passed] { return passed; });
}

}  // namespace plait::testing
