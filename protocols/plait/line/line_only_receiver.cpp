#include <algorithm>
#include <plait/line/line_only_receiver.hpp>
#include <stdexcept>
#include <utility>

namespace plait {

LineOnlyReceiver::LineOnlyReceiver(LineOptions options) : options_(std::move(options)) {
  if (options_.delimiter.empty()) {
    throw std::invalid_argument("LineOnlyReceiver: the delimiter is empty");
  }
}

void LineOnlyReceiver::deliverFrames() {
  while (mayDeliver() && deliverLine()) {
  }
}

/// False when there is no whole line yet.
inline bool LineOnlyReceiver::deliverLine() {
  const Bytes& delimiter = options_.delimiter;
  const std::size_t end = input().find(delimiter, searched_);
  if (end == FrameBuffer::npos) return deliverUnfinished();
  searched_ = 0;
  const BytesView line(input().take(end + delimiter.size()).data(), end);
  if (std::exchange(skipping_, false)) return true;
  deliver([&] { end > options_.maxLength ? lineLengthExceeded(line) : lineReceived(line); });
  return true;
}

/// There is no delimiter yet: all but what may be the begin of one is the line's.
bool LineOnlyReceiver::deliverUnfinished() {
  const std::size_t size = input().size();
  searched_ = size - std::min(size, options_.delimiter.size() - 1);
  if (skipping_) {
    input().consume(std::exchange(searched_, 0));
    return false;
  }
  if (searched_ <= options_.maxLength) return false;
  skipping_ = true;
  const BytesView line = input().take(std::exchange(searched_, 0));
  deliver([&] { lineLengthExceeded(line); });
  return true;
}

void LineOnlyReceiver::lineLengthExceeded(BytesView) {
  transport().loseConnection();
}

void LineOnlyReceiver::sendLine(BytesView line) {
  transport().writeSequence(line, options_.delimiter);
}

}  // namespace plait
