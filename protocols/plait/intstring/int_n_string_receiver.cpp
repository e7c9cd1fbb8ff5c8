#include <fmt/format.h>

#include <algorithm>
#include <plait/intstring/int_n_string_receiver.hpp>

namespace plait {

StringTooLongError::StringTooLongError(std::size_t size, std::size_t maximum)
    : Error(fmt::format("cannot send a string of {} bytes: its length prefix counts to {}", size,
                        maximum)) {}

void IntNStringReceiver::deliverFrames() {
  while (mayDeliver() && (toSkip_ == 0 ? deliverString() : skip())) {
  }
}

/// False when there is no whole string yet.
inline bool IntNStringReceiver::deliverString() {
  if (input().size() < prefixLength_) return false;
  std::size_t length = 0;
  for (char byte : input().front(prefixLength_)) {
    length = length << 8 | static_cast<unsigned char>(byte);
  }
  if (length > options_.maxLength) {
    input().consume(prefixLength_);
    toSkip_ = length;
    deliver([&] { lengthLimitExceeded(length); });
    return true;
  }
  const std::size_t whole = prefixLength_ + length;
  if (input().size() < whole) return false;
  const char* const frame = input().take(whole).data();
  deliver([&] { stringReceived({frame + prefixLength_, length}); });
  return true;
}

bool IntNStringReceiver::skip() {
  const std::size_t skipped = std::min(toSkip_, input().size());
  input().consume(skipped);
  toSkip_ -= skipped;
  return true;
}

void IntNStringReceiver::lengthLimitExceeded(std::size_t) {
  transport().loseConnection();
}

void IntNStringReceiver::sendString(BytesView string) {
  const std::size_t maximum = (std::size_t{1} << (8 * prefixLength_)) - 1;
  if (string.size() > maximum) throw StringTooLongError(string.size(), maximum);
  char prefix[4];
  for (std::size_t i = 0; i < prefixLength_; ++i) {
    prefix[i] = static_cast<char>(string.size() >> (8 * (prefixLength_ - 1 - i)));
  }
  transport().writeSequence(BytesView(prefix, prefixLength_), string);
}

}  // namespace plait
