#pragma once

#include <cstddef>
#include <cstring>
#include <plait/core/bytes.hpp>
#include <vector>

namespace plait {

/// The input of a framing protocol: bytes that came, minus those already taken out as frames.
/// Frames are handed out in place; only the unfinished tail of a chunk is copied, so the cost stays
/// linear however the input is split.
///
///          tail (kept from before)      chunk (borrowed from this dataReceived)
///        ┌───────────────────────────┬──────────────────────────────────────────┐
///        │ 1 1 : h e l l             │ o _ w o r l d , 2 : h i , 5 : t h        │
///        └───────────────────────────┴──────────────────────────────────────────┘
///          front(n) joins just as many bytes as it takes to show n of them in one piece
///
/// Views that `front` gave stay valid until the next `front`, `keep` or `append`, unless the buffer
/// is pinned: then also through calls of `append`, until it is unpinned.
class FrameBuffer {
 public:
  FrameBuffer() = default;
  FrameBuffer(const FrameBuffer&) = delete;
  FrameBuffer& operator=(const FrameBuffer&) = delete;

  /// Adds a chunk. It is borrowed: call `keep` before it goes away.
  void append(BytesView chunk);
  /// Copies what is left of the borrowed chunk.
  void keep();

  std::size_t size() const { return tailSize_ + chunk_.size(); }
  bool empty() const { return size() == 0; }

  /// The first `count` bytes, in one piece. At most `size()`.
  BytesView front(std::size_t count) {
    return tailSize_ == 0 ? BytesView(chunk_.data(), count) : frontOfTail(count);
  }
  /// The first `count` bytes, in one piece, taken out. At most `size()`.
  BytesView take(std::size_t count) {
    if (tailSize_ != 0) return takeFromTail(count);
    const BytesView bytes(chunk_.data(), count);
    chunk_.remove_prefix(count);
    return bytes;
  }
  /// All bytes, in one piece.
  BytesView all() { return front(size()); }
  /// As many of the first bytes as lie in one piece already; empty only when there are none.
  BytesView firstPiece() const { return tailSize_ > 0 ? tail() : chunk_; }
  /// Takes all bytes out.
  Bytes takeAll();
  /// Drops the first `count` bytes. At most `size()`.
  void consume(std::size_t count) {
    if (tailSize_ != 0) return consumeFromTail(count);
    chunk_.remove_prefix(count);
  }
  void clear() { consume(size()); }

  /// Where `pattern` (not empty) begins, looking from `from` on; npos when it is not there.
  std::size_t find(BytesView pattern, std::size_t from) const {
    return tailSize_ == 0 ? findIn(chunk_, pattern, from) : findFromTail(pattern, from);
  }
  static constexpr std::size_t npos = BytesView::npos;

  /// Puts bytes that were handed out and consumed back as the content, without copying them.
  /// Returns false, and does nothing, when the buffer is not empty or does not hold `view`'s memory
  /// any more.
  bool giveBack(BytesView view);

  /// While pinned, views that were handed out survive what is appended.
  void pin() { pinned_ = true; }
  void unpin() {
    pinned_ = false;
    if (replaced_) dropRetired();
  }

 private:
  BytesView tail() const { return {tail_.data() + tailStart(), tailSize_}; }
  std::size_t tailStart() const { return tail_.size() - tailSize_; }
  BytesView frontOfTail(std::size_t count);
  BytesView takeFromTail(std::size_t count);
  void consumeFromTail(std::size_t count);
  std::size_t findFromTail(BytesView pattern, std::size_t from) const;
  static std::size_t findIn(BytesView bytes, BytesView pattern, std::size_t from);
  void addToTail(BytesView bytes);
  void dropRetired();

  // A vector, not a string: moving one never moves its bytes.
  std::vector<char> tail_;
  std::size_t tailSize_ = 0;   // its last bytes, those not taken out yet
  BytesView chunk_;            // what is left of ...
  BytesView borrowed_;         // ... the chunk as it came
  std::vector<char> retired_;  // a tail replaced while pinned: somebody still looks at it
  bool pinned_ = false;
  bool replaced_ = false;  // since it was pinned
};

/// memchr for the first byte and a look at the rest: half the cost of string_view::find on short
/// lines (bench: lines32).
inline std::size_t FrameBuffer::findIn(BytesView bytes, BytesView pattern, std::size_t from) {
  if (from + pattern.size() > bytes.size()) return npos;
  const char* at = bytes.data() + from;
  const std::size_t last = pattern.size() - 1;
  const char* const end = bytes.data() + bytes.size() - last;  // of where it may begin
  for (;; ++at) {
    at = static_cast<const char*>(
        std::memchr(at, pattern.front(), static_cast<std::size_t>(end - at)));
    if (!at) return npos;
    if (at[last] != pattern[last]) continue;
    std::size_t same = 1;
    while (same < last && at[same] == pattern[same]) ++same;
    if (same >= last) return static_cast<std::size_t>(at - bytes.data());
  }
}

}  // namespace plait
