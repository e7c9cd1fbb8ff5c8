#pragma once

#include <algorithm>
#include <plait/core/bytes.hpp>

namespace plait::fuzz {

/// A fuzzer's input: choices first, the payload behind them. A choice is one byte and counts from
/// '0', so that seeds of the corpus can be written by hand: "210" chooses 2, 1 and 0.
class Choices {
 public:
  explicit Choices(BytesView input) : rest_(input) {}

  /// A number from 0 to `most` (at most 255); 0 when the input is used up.
  std::size_t upTo(std::size_t most) {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(rest_.front() - '0');
    rest_.remove_prefix(1);
    return byte % (most + 1);
  }
  bool flag() { return upTo(1) == 1; }
  /// The next bytes, as many as there are up to `count`.
  BytesView bytes(std::size_t count) {
    const BytesView taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  bool empty() const { return rest_.empty(); }
  /// The payload: what no choice has used.
  BytesView rest() const { return rest_; }

 private:
  BytesView rest_;
};

}  // namespace plait::fuzz
