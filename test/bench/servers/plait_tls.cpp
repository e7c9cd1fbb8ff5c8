// An echo over TLS. Apart from bench_plait, so that nobody is charged for OpenSSL who does without.

#include <chrono>
#include <cstdio>
#include <exception>
#include <plait/echo/echo.hpp>
#include <plait/net/reactor.hpp>
#include <plait/tls/server_tls_options.hpp>
#include <plait/tls/ssl.hpp>

#include "common/descriptor_limit.hpp"
#include "common/listening_place.hpp"

int main(int argc, char** argv) try {
  const auto options = bench::parseTLSServerOptions("bench_plait_tls", argc, argv);
  bench::raiseDescriptorLimit();
  plait::Reactor reactor({.drainTimeout = std::chrono::seconds(0)});
  const auto mine = plait::PrivateCertificate::fromFiles(options.keyFile, options.certificateFile);
  const auto port =
      plait::listenSSL(reactor, 0, plait::Factory::forProtocol<plait::Echo>(),
                       plait::serverTLS({.certificates = {mine}}), {.interface = "127.0.0.1"});
  std::printf("listening on %d\n", int{port->getHost().port()});
  std::fflush(stdout);
  reactor.run();
} catch (const std::exception& error) {
  return bench::exitStatus("bench_plait_tls", error);
}
