#include <plait/policies/connection_limit.hpp>

namespace plait {

std::optional<Place> ConnectionLimit::enter() {
  std::size_t count = count_;
  do {
    if (count >= most_) return std::nullopt;
  } while (!count_.compare_exchange_weak(count, count + 1));
  return Place([self = shared_from_this()] { --self->count_; });
}

}  // namespace plait
