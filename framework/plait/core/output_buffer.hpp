#pragma once

#include <cstddef>
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

 private:
  friend class OutputBuffer;
  static constexpr std::size_t kMostSpare = 256;

  detail::Block* get();
  void put(detail::Block* block) noexcept;

  detail::Block* spare_ = nullptr;
  std::size_t spareCount_ = 0;
};

/// Bytes waiting to be sent, in order. Small writes are copied one behind the other into blocks (one
/// flat piece is cheaper to send than many); large owned or shared ones are kept as they came.
class OutputBuffer {
 public:
  /// From this size on an owned or shared write is not copied.
  static constexpr std::size_t kLarge = 4096;

  /// `pool` must outlive every byte in the buffer.
  explicit OutputBuffer(BlockPool& pool) : pool_(pool) {}
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;
  ~OutputBuffer() { clear(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void append(BytesView data);
  void append(Bytes&& data);
  void append(SharedBytes data);

  /// Fills `pieces` with views of the first bytes and returns how many it filled.
  std::size_t gather(std::span<BytesView> pieces) const;
  /// Drops the first `count` bytes (at most `size()`).
  void consume(std::size_t count);
  void clear() { consume(size_); }

 private:
  void push(detail::Segment* segment);
  void release(detail::Segment* segment) noexcept;

  BlockPool& pool_;
  detail::Segment* first_ = nullptr;
  detail::Segment* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace plait
