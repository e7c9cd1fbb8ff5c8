#pragma once

#include <cstddef>
#include <cstring>
#include <plait/core/bytes.hpp>
#include <utility>

namespace plait {

/// Memory that small writes go straight into, without a virtual call, as those to a
/// `std::streambuf` do: with many small messages in one callback, the call and what it asks each
/// time were a third of what a message cost (bench: lines32).
///
///        begin        at             end
///        ├────────────┼──────────────┤
///        │ was put    │ is free      │     closed: nothing fits, all writes take the long way
///
/// A transport opens it after a write, as long as the next can mean nothing but more bytes, and
/// takes what was put and closes it before anything else happens.
class PutArea {
 public:
  /// Copies the pieces, one behind the other, if it is open and there is room for all of them.
  bool put(BytesView first, BytesView second = {}, BytesView third = {}, BytesView fourth = {}) {
    const std::size_t behindTwo = first.size() + second.size();
    const std::size_t behindThree = behindTwo + third.size();
    const std::size_t size = behindThree + fourth.size();
    if (size > static_cast<std::size_t>(end_ - at_)) return false;
    char* const at = std::exchange(at_, at_ + size);
    // The short ones are at the end, mostly; and nothing need be kept across the last call.
    copy(at + behindThree, fourth);
    copy(at + behindTwo, third);
    copy(at + first.size(), second);
    copy(at, first);
    return true;
  }
  bool isOpen() const { return end_ != nullptr; }
  /// Bytes that were put since it was opened.
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

  void open(char* memory, std::size_t size) {
    begin_ = at_ = memory;
    end_ = memory + size;
  }
  void close() { begin_ = at_ = end_ = nullptr; }

 private:
  /// The few bytes that stand before and behind a message are copied without a call.
  static void copy(char* to, BytesView data) {
    const char* from = data.data();
    const std::size_t size = data.size();
    if (size > 3) {
      std::memcpy(to, from, size);
    } else if (size >= 2) {
      std::memcpy(to, from, 2);
      to[size - 1] = from[size - 1];
    } else if (size == 1) {
      *to = *from;
    }
  }

  char* begin_ = nullptr;
  char* at_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace plait
