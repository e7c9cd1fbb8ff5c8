#pragma once

#include <optional>
#include <plait/net/reactor.hpp>

#include "../link.hpp"

namespace plait::testing {

/// Links of real descriptors, on a reactor that is run step by step. Time is real.
class ReactorLink : public Link {
 public:
  explicit ReactorLink(Log& log);

  bool runUntil(const std::function<bool()>& condition) final;
  void settle() final;
  void pass(Duration duration) final;
  void destroy() final { reactor_.reset(); }

 protected:
  Reactor& reactor() { return *reactor_; }

 private:
  std::optional<Reactor> reactor_;
};

}  // namespace plait::testing
