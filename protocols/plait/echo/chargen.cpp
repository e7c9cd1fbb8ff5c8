#include <plait/echo/chargen.hpp>

namespace plait {

namespace {

/// All 95 lines: the whole pattern, once.
SharedBytes makePattern() {
  constexpr int kFirst = ' ';
  constexpr int kCount = '~' - ' ' + 1;
  constexpr int kLineLength = 72;
  Bytes pattern;
  for (int line = 0; line < kCount; ++line) {
    for (int i = 0; i < kLineLength; ++i) {
      pattern += static_cast<char>(kFirst + (line + i) % kCount);
    }
    pattern += "\r\n";
  }
  return share(std::move(pattern));
}

}  // namespace

void Chargen::resumeProducing() {
  static const SharedBytes pattern = makePattern();
  transport().write(pattern);
}

}  // namespace plait
