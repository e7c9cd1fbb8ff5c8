// An echo over TLS with Asio alone.

#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "common/descriptor_limit.hpp"
#include "common/listening_place.hpp"
#include "tls/servers.hpp"

namespace {

std::string readFile(const std::string& name) {
  std::ifstream file(name);
  if (!file) throw std::runtime_error("cannot read " + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

void announce(std::uint16_t port) {
  std::printf("listening on %d\n", int{port});
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) try {
  const auto options = bench::parseTLSServerOptions("bench_raw_asio_tls", argc, argv);
  bench::raiseDescriptorLimit();
  serveAsio({.certificateAndKey = readFile(options.keyFile) + readFile(options.certificateFile),
             .ready = announce});
} catch (const std::exception& error) {
  return bench::exitStatus("bench_raw_asio_tls", error);
}
