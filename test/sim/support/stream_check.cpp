#include "stream_check.hpp"

namespace plait::sim {

namespace {

/// The byte at a place: neighbours differ, and so do places a few kilobytes or a period apart.
char byteAt(std::uint64_t place) {
  return static_cast<char>((place * 31 + place / 1009 * 7 + place / 65536) & 0xff);
}

}  // namespace

Bytes StreamCheck::next(std::size_t size) {
  Bytes bytes(size, '\0');
  for (char& byte : bytes) byte = byteAt(sent_++);
  return bytes;
}

void StreamCheck::received(BytesView data) {
  for (char byte : data) {
    if (byte != byteAt(received_)) {
      run_.fail(fmt::format("{}: byte {} is not what was sent", name_, received_));
      received_ = sent_;
      return;
    }
    ++received_;
  }
  run_.expect(received_ <= sent_, "{}: {} bytes came, {} were sent", name_, received_, sent_);
}

void StreamCheck::expectAll() const {
  run_.expect(complete(), "{}: {} of {} bytes came", name_, received_, sent_);
}

}  // namespace plait::sim
