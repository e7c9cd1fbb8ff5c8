#include <algorithm>
#include <functional>
#include <plait/core/frame_buffer.hpp>
#include <utility>

namespace plait {

namespace {

/// An emptied tail keeps its memory up to here, so that small messages cut by reads cost no
/// allocation, and a connection that had a large one does not hold on to it while idle.
constexpr std::size_t kSpareCapacity = 4096;

bool contains(BytesView whole, BytesView part) {
  const std::less_equal<const char*> before;
  return before(whole.data(), part.data()) &&
         before(part.data() + part.size(), whole.data() + whole.size());
}

}  // namespace

void FrameBuffer::append(BytesView chunk) {
  addToTail(chunk_);
  chunk_ = {};
  if (pinned_) {
    addToTail(chunk);  // its owner takes it back before we get to it
  } else {
    chunk_ = borrowed_ = chunk;
  }
}

void FrameBuffer::keep() {
  addToTail(chunk_);
  chunk_ = borrowed_ = {};
  if (tailSize_ == 0 && tail_.capacity() > kSpareCapacity) tail_ = {};
}

void FrameBuffer::addToTail(BytesView bytes) {
  if (bytes.empty()) return;
  const auto left = tail_.end() - static_cast<std::ptrdiff_t>(tailSize_);
  if (pinned_ && !replaced_) {
    replaced_ = true;
    retired_ = std::exchange(tail_, std::vector<char>(left, tail_.end()));
  } else {
    tail_.erase(tail_.begin(), left);
  }
  tail_.insert(tail_.end(), bytes.begin(), bytes.end());
  tailSize_ = tail_.size();
}

BytesView FrameBuffer::frontOfTail(std::size_t count) {
  if (tailSize_ < count) {
    const BytesView missing = chunk_.substr(0, count - tailSize_);
    addToTail(missing);
    chunk_.remove_prefix(missing.size());
  }
  return tail().substr(0, count);
}

BytesView FrameBuffer::takeFromTail(std::size_t count) {
  const BytesView bytes = frontOfTail(count);
  consumeFromTail(count);
  return bytes;
}

void FrameBuffer::consumeFromTail(std::size_t count) {
  const std::size_t fromTail = std::min(count, tailSize_);
  tailSize_ -= fromTail;
  chunk_.remove_prefix(count - fromTail);
}

Bytes FrameBuffer::takeAll() {
  Bytes all;
  all.reserve(size());
  all.append(tail()).append(chunk_);
  clear();
  return all;
}

std::size_t FrameBuffer::findFromTail(BytesView pattern, std::size_t from) const {
  const std::size_t tailLength = tailSize_;
  if (from < tailLength) {
    if (auto at = findIn(tail(), pattern, from); at != npos) return at;
    // Across the border: the pattern begins in the last bytes of the tail.
    const std::size_t overlap = std::min(tailLength, pattern.size() - 1);
    for (std::size_t at = std::max(from, tailLength - overlap); at < tailLength; ++at) {
      const std::size_t inTail = tailLength - at;
      if (tail().substr(at) == pattern.substr(0, inTail) &&
          chunk_.starts_with(pattern.substr(inTail))) {
        return at;
      }
    }
    from = tailLength;
  }
  const auto at = findIn(chunk_, pattern, from - tailLength);
  return at == npos ? npos : at + tailLength;
}

bool FrameBuffer::giveBack(BytesView view) {
  if (!empty()) return false;
  if (contains(borrowed_, view)) {
    chunk_ = view;
    return true;
  }
  if (contains({tail_.data(), tail_.size()}, view)) {
    tail_.resize(static_cast<std::size_t>(view.data() - tail_.data()) + view.size());
    tailSize_ = view.size();
    return true;
  }
  return false;
}

void FrameBuffer::dropRetired() {
  replaced_ = false;
  retired_ = {};
}

}  // namespace plait
