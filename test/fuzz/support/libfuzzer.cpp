// The entry libFuzzer calls, in a program that has one target.
#include <cstdint>

#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const plait::BytesView input(reinterpret_cast<const char*>(data), size);
  plait::fuzz::Target::all().front().tryInput(input);
  return 0;
}
