#pragma once

#include <cstddef>
#include <string>

#include "common/mode.hpp"

namespace bench {

/// Makes the requests. Each one's payload is another window of a block of random bytes, so a reply
/// that is late, early, doubled or meant for another connection differs from what is expected.
class Messages {
 public:
  /// `size` is the payload's, framing not counted.
  Messages(Mode mode, std::size_t size);

  /// Appends the next message as it goes over the wire; the reply must be the same bytes.
  void append(std::string& wire);

 private:
  const Mode mode_;
  const std::size_t size_;
  const std::string netstringHead_;
  std::string random_;
  std::size_t offset_ = 0;
};

}  // namespace bench
