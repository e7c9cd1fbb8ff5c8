#include <algorithm>
#include <plait/line/line_receiver.hpp>
#include <stdexcept>
#include <utility>

namespace plait {

LineReceiver::LineReceiver(LineOptions options) : options_(std::move(options)) {
  setDelimiter(std::move(options_.delimiter));
}

LineReceiver::~LineReceiver() = default;

void LineReceiver::deliverFrames() {
  while (mayDeliver() && (lineMode_ ? deliverLine() : deliverRaw())) {
  }
}

/// False when there is no whole line yet.
inline bool LineReceiver::deliverLine() {
  const BytesView delimiter = options_.delimiter;
  const std::size_t end = input().find(delimiter, searched_);
  if (end == FrameBuffer::npos) return deliverUnfinished();
  if (end > options_.maxLength) return exceeded();
  searched_ = 0;
  const BytesView line(input().take(end + delimiter.size()).data(), end);
  deliver([&] { lineReceived(line); });
  return true;
}

bool LineReceiver::deliverRaw() {
  const BytesView data = input().all();
  input().clear();
  deliver([&] { rawDataReceived(data); });
  return true;
}

/// There is no delimiter yet: all but what may be the begin of one is the line's.
bool LineReceiver::deliverUnfinished() {
  const std::size_t size = input().size();
  const std::size_t delimiterSize = options_.delimiter.size();
  searched_ = size - std::min(size, delimiterSize - 1);
  // Not maxLength + delimiter.size(): a limit of SIZE_MAX means none.
  if (size < delimiterSize || size - delimiterSize < options_.maxLength) return false;
  return exceeded();
}

bool LineReceiver::exceeded() {
  searched_ = 0;
  const BytesView rest = input().all();
  input().clear();
  deliver([&] { lineLengthExceeded(rest); });
  return true;
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
  transport().writeSequence(line, options_.delimiter);
}

void LineReceiver::setDelimiter(Bytes delimiter) {
  if (delimiter.empty()) throw std::invalid_argument("LineReceiver: the delimiter is empty");
  options_.delimiter = std::move(delimiter);
  searched_ = 0;
}

}  // namespace plait
