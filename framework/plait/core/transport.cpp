#include <plait/core/transport.hpp>

namespace plait {

/// Not in the header: what small messages pay for is code that does not fit in registers.
void Transport::writePieces(BytesView first, BytesView second, BytesView third, BytesView fourth) {
  const BytesView pieces[] = {first, second, third, fourth};
  const std::size_t count = !fourth.empty() ? 4 : !third.empty() ? 3 : 2;
  doWriteSequence(std::span(pieces, count));
}

}  // namespace plait
