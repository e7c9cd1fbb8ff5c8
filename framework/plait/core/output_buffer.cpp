#include <algorithm>
#include <cstring>
#include <plait/core/output_buffer.hpp>
#include <utility>

namespace plait {

namespace detail {

/// A run of bytes in the list; `kind` tells which of the three below it really is.
struct Segment {
  enum class Kind { block, owned, shared };

  Kind kind;
  Segment* next = nullptr;
  const char* data = nullptr;
  std::size_t size = 0;
};

struct Block : Segment {
  Block() : Segment{Kind::block} {}
  void reset() {
    next = nullptr;
    data = bytes;
    size = 0;
  }

  char bytes[BlockPool::kBlockSize];
};

static_assert(sizeof(Block) <= 4096, "a block and its head fit a page");

struct OwnedSegment : Segment {
  explicit OwnedSegment(Bytes&& source) : Segment{Kind::owned}, bytes(std::move(source)) {
    data = bytes.data();
    size = bytes.size();
  }
  std::size_t memory() const { return bytes.capacity(); }
  Bytes bytes;
};

struct SharedSegment : Segment {
  explicit SharedSegment(SharedBytes source) : Segment{Kind::shared}, bytes(std::move(source)) {
    data = bytes->data();
    size = bytes->size();
  }
  std::size_t memory() const { return bytes->size(); }
  SharedBytes bytes;
};

}  // namespace detail

using detail::Block;
using detail::Segment;

BlockPool::~BlockPool() {
  while (spare_) {
    Block* block = spare_;
    spare_ = static_cast<Block*>(block->next);
    delete block;
  }
}

Block* BlockPool::get() {
  if (!spare_) {
    auto* block = new Block;
    block->reset();
    used_ += sizeof(Block);
    return block;
  }
  used_ += sizeof(Block);
  Block* block = spare_;
  spare_ = static_cast<Block*>(block->next);
  --spareCount_;
  block->reset();
  return block;
}

void BlockPool::put(Block* block) noexcept {
  used_ -= sizeof(Block);
  if (spareCount_ == kMostSpare) {
    delete block;
    return;
  }
  block->next = spare_;
  spare_ = block;
  ++spareCount_;
}

void OutputBuffer::appendSlowly(BytesView data) {
  while (!data.empty()) {
    if (roomSize() == 0) pushBlock();
    const auto part = data.substr(0, roomSize());
    put(part);
    data.remove_prefix(part.size());
  }
}

void OutputBuffer::pushBlock() {
  Block* block = pool_.get();
  memory_ += sizeof(Block);
  push(block);
  end_ = block->bytes;
  roomEnd_ = block->bytes + BlockPool::kBlockSize;
}

void OutputBuffer::append(Bytes&& data) {
  if (data.size() < kLarge) return append(BytesView(data));
  auto* segment = new detail::OwnedSegment(std::move(data));
  took(segment->memory());
  push(segment);
  size_ += segment->size;
}

void OutputBuffer::append(SharedBytes data) {
  if (data->size() < kLarge) return append(BytesView(*data));
  auto* segment = new detail::SharedSegment(std::move(data));
  took(segment->memory());
  push(segment);
  size_ += segment->size;
}

void OutputBuffer::settle() const {
  if (end_) last_->size = static_cast<std::size_t>(end_ - last_->data);
}

BytesView OutputBuffer::firstPiece() const {
  if (first_ == last_) return first_ ? BytesView(first_->data, size_) : BytesView();
  settle();
  return {first_->data, first_->size};
}

std::size_t OutputBuffer::gather(std::span<BytesView> pieces) const {
  settle();
  std::size_t count = 0;
  for (Segment* s = first_; s && count < pieces.size(); s = s->next) {
    pieces[count++] = BytesView(s->data, s->size);
  }
  return count;
}

void OutputBuffer::consume(std::size_t count) {
  if (count >= size_ && end_ && first_ == last_) {  // nearly always: one block, sent as a whole
    pool_.put(static_cast<Block*>(first_));
    first_ = last_ = nullptr;
    end_ = roomEnd_ = nullptr;
    size_ = memory_ = 0;
    return;
  }
  count = std::min(count, size_);
  size_ -= count;
  settle();
  while (first_ && count >= first_->size) {
    Segment* done = first_;
    count -= done->size;
    first_ = done->next;
    if (!first_) last_ = nullptr, end_ = roomEnd_ = nullptr;
    release(done);
  }
  if (count > 0) {
    first_->data += count;
    first_->size -= count;
  }
}

void OutputBuffer::push(Segment* segment) {
  if (last_) settle();
  end_ = roomEnd_ = nullptr;  // a block's are set by who pushes it
  (last_ ? last_->next : first_) = segment;
  last_ = segment;
}

void OutputBuffer::took(std::size_t memory) {
  memory_ += memory;
  pool_.used_ += memory;
}

template <class S>
void OutputBuffer::discard(S* segment) noexcept {
  pool_.used_ -= segment->memory();
  memory_ -= segment->memory();
  delete segment;
}

void OutputBuffer::release(Segment* segment) noexcept {
  switch (segment->kind) {
    case Segment::Kind::block:
      memory_ -= sizeof(Block);
      return pool_.put(static_cast<Block*>(segment));
    case Segment::Kind::owned:
      return discard(static_cast<detail::OwnedSegment*>(segment));
    case Segment::Kind::shared:
      return discard(static_cast<detail::SharedSegment*>(segment));
  }
}

}  // namespace plait
