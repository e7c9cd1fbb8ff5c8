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

bool LineOnlyReceiver::deliverFrame() {
  const Bytes& delimiter = options_.delimiter;
  const std::size_t end = input().find(delimiter, searched_);
  if (end == FrameBuffer::npos) {
    const std::size_t size = input().size();
    searched_ = size - std::min(size, delimiter.size() - 1);
    if (size <= options_.maxLength || size - options_.maxLength < delimiter.size()) return false;
    searched_ = 0;
    const BytesView line = input().all();
    input().clear();
    deliver([&] { lineLengthExceeded(line); });
    return true;
  }
  searched_ = 0;
  const BytesView line = input().take(end + delimiter.size()).substr(0, end);
  deliver([&] { end > options_.maxLength ? lineLengthExceeded(line) : lineReceived(line); });
  return true;
}

void LineOnlyReceiver::lineLengthExceeded(BytesView) {
  transport().loseConnection();
}

void LineOnlyReceiver::sendLine(BytesView line) {
  transport().writeSequence({line, options_.delimiter});
}

}  // namespace plait
