#include <algorithm>
#include <plait/line/line_receiver.hpp>
#include <stdexcept>
#include <utility>

namespace plait {

LineReceiver::LineReceiver(LineOptions options) : options_(std::move(options)) {
  setDelimiter(std::move(options_.delimiter));
}

bool LineReceiver::deliverFrame() {
  if (!lineMode_) {
    const BytesView data = input().all();
    input().clear();
    deliver([&] { rawDataReceived(data); });
    return true;
  }

  const Bytes& delimiter = options_.delimiter;
  const std::size_t end = input().find(delimiter, searched_);
  if (end == FrameBuffer::npos) {
    const std::size_t size = input().size();
    searched_ = size - std::min(size, delimiter.size() - 1);
    // Not maxLength + delimiter.size(): a limit of SIZE_MAX means none.
    if (size < delimiter.size() || size - delimiter.size() < options_.maxLength) return false;
    exceeded();
    return true;
  }
  if (end > options_.maxLength) {
    exceeded();
    return true;
  }
  searched_ = 0;
  const BytesView line = input().take(end + delimiter.size()).substr(0, end);
  deliver([&] { lineReceived(line); });
  return true;
}

void LineReceiver::exceeded() {
  searched_ = 0;
  const BytesView rest = input().all();
  input().clear();
  deliver([&] { lineLengthExceeded(rest); });
}

void LineReceiver::lineLengthExceeded(BytesView) {
  transport().loseConnection();
}

void LineReceiver::setRawMode() {
  lineMode_ = false;
  searched_ = 0;
}

void LineReceiver::setLineMode(BytesView extra) {
  lineMode_ = true;
  searched_ = 0;
  if (extra.empty() || (delivering() && input().giveBack(extra))) return;
  dataReceived(extra);
}

Bytes LineReceiver::clearLineBuffer() {
  searched_ = 0;
  return input().takeAll();
}

void LineReceiver::sendLine(BytesView line) {
  transport().writeSequence({line, options_.delimiter});
}

void LineReceiver::setDelimiter(Bytes delimiter) {
  if (delimiter.empty()) throw std::invalid_argument("LineReceiver: the delimiter is empty");
  options_.delimiter = std::move(delimiter);
  searched_ = 0;
}

}  // namespace plait
