#include "load/messages.hpp"

#include <random>

namespace bench {
namespace {

constexpr std::size_t kOffsets = 64 * 1024;

// Odd, so that stepping by it visits every offset before it comes back to the first.
constexpr std::size_t kStep = 4099;

// Lines are printable text; the others get every byte, so that a server which stops at a zero or
// looks for frames where there are none is found out.
std::string randomBytes(Mode mode, std::size_t size) {
  std::mt19937 random(20230523);  // every run sends the same
  const bool isText = mode == Mode::line || mode == Mode::fanout;
  std::uniform_int_distribution<int> byte(isText ? ' ' : 0, isText ? '~' : 255);
  std::string bytes(size, '\0');
  for (char& each : bytes) each = static_cast<char>(byte(random));
  return bytes;
}

}  // namespace

Messages::Messages(Mode mode, std::size_t size)
    : mode_(mode),
      size_(size),
      netstringHead_(std::to_string(size) + ':'),
      random_(randomBytes(mode, kOffsets + size)) {}

void Messages::append(std::string& wire) {
  if (mode_ == Mode::netstring) wire += netstringHead_;
  wire.append(random_, offset_, size_);
  if (mode_ == Mode::line || mode_ == Mode::fanout) wire += "\r\n";
  if (mode_ == Mode::netstring) wire += ',';
  offset_ = (offset_ + kStep) % kOffsets;
}

}  // namespace bench
