#pragma once

#include <cstddef>
#include <cstring>
#include <plait/core/bytes.hpp>
#include <span>

namespace plait {

namespace detail {
struct Segment;
struct Block;
}  // namespace detail

/// Flat blocks of memory for small writes, used again and again: one pool per reactor. It keeps up
/// to a megabyte of them; a connection with nothing to send holds none.
class BlockPool {
 public:
  /// Bytes of data in a block.
  static constexpr std::size_t kBlockSize = 4096 - 48;

  BlockPool() = default;
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool();

  /// Memory that the bytes in all buffers take.
  std::size_t used() const { return used_; }

 private:
  friend class OutputBuffer;
  static constexpr std::size_t kMostSpare = 256;

  detail::Block* get();
  void put(detail::Block* block) noexcept;

  detail::Block* spare_ = nullptr;
  std::size_t spareCount_ = 0;
  std::size_t used_ = 0;
};

/// Bytes waiting to be sent, in order. Small writes are copied one behind the other into blocks
/// (one flat piece is cheaper to send than many); large owned or shared ones are kept as they came.
class OutputBuffer {
 public:
  /// From this size on an owned or shared write is not copied.
  static constexpr std::size_t kLarge = 4096;

  /// `pool` must outlive every byte in the buffer.
  explicit OutputBuffer(BlockPool& pool) : pool_(pool) {}
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;
  ~OutputBuffer() { clear(); }

  BlockPool& pool() const { return pool_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Memory that the bytes take: more than `size()` where some were consumed already.
  std::size_t memory() const { return memory_; }

  void append(BytesView data) {
    if (data.size() <= roomSize()) {
      put(data);
    } else {
      appendSlowly(data);
    }
  }
  /// The pieces, one behind the other; `total` is their size.
  void append(std::span<const BytesView> pieces, std::size_t total) {
    if (total == 0) return;  // or the first piece would be an empty one
    if (!first_ && total <= BlockPool::kBlockSize) pushBlock();
    if (total <= roomSize()) {
      for (BytesView piece : pieces) put(piece);
    } else {
      for (BytesView piece : pieces) append(piece);
    }
  }
  void append(Bytes&& data);
  void append(SharedBytes data);

  /// Where the next small write would go, and how much of it: nothing, when that needs another
  /// block.
  char* room() const { return end_; }
  std::size_t roomSize() const { return static_cast<std::size_t>(roomEnd_ - end_); }
  /// Adds the first `count` bytes of the room (at most `roomSize()`), where they lie already.
  void commit(std::size_t count) {
    end_ += count;
    size_ += count;
  }

  /// Fills `pieces` with views of the first bytes and returns how many it filled.
  std::size_t gather(std::span<BytesView> pieces) const;
  /// The first bytes, as many as lie in one piece; all of them when there are few.
  BytesView firstPiece() const;
  /// Drops the first `count` bytes (at most `size()`).
  void consume(std::size_t count);
  void clear() { consume(size_); }

 private:
  void put(BytesView data) {
    if (data.empty()) return;  // memcpy takes no null pointer, not even for no bytes
    std::memcpy(end_, data.data(), data.size());
    commit(data.size());
  }
  void appendSlowly(BytesView data);
  void pushBlock();
  void push(detail::Segment* segment);
  /// The last segment's size, which `put` does not keep up to date.
  void settle() const;
  void release(detail::Segment* segment) noexcept;
  void took(std::size_t memory);
  template <class S>
  void discard(S* segment) noexcept;

  BlockPool& pool_;
  detail::Segment* first_ = nullptr;
  detail::Segment* last_ = nullptr;
  char* end_ = nullptr;      // of what is in the last segment, if that is a block
  char* roomEnd_ = nullptr;  // of what could be
  std::size_t size_ = 0;
  std::size_t memory_ = 0;
};

}  // namespace plait
