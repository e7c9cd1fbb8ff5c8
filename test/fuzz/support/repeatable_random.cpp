#define OPENSSL_SUPPRESS_DEPRECATED  // RAND_METHOD: a provider would take ten times the lines

#include "repeatable_random.hpp"

#include <openssl/rand.h>

#include <cstdint>

#include "check.hpp"

namespace plait::fuzz {
namespace {

std::uint64_t sequences[2];
std::uint64_t* current = &sequences[0];

std::uint64_t& sequenceOf(End end) {
  return sequences[end == End::server ? 0 : 1];
}

/// SplitMix64.
unsigned char nextByte() {
  std::uint64_t z = *current += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return static_cast<unsigned char>(z ^ (z >> 31));
}

int fill(unsigned char* bytes, int size) {
  for (int i = 0; i < size; ++i) bytes[i] = nextByte();
  return 1;
}

void install() {
  static const RAND_METHOD method{nullptr, fill, nullptr, nullptr, fill, [] { return 1; }};
  static const bool installed = RAND_set_rand_method(&method) == 1;
  check(installed, "OpenSSL takes its random numbers from the fuzzer");
}

}  // namespace

void RepeatableRandom::drawsNow(End end) {
  install();
  current = &sequenceOf(end);
}

void RepeatableRandom::restart(End end) {
  sequenceOf(end) = end == End::server ? 1 : 2;
}

}  // namespace plait::fuzz
