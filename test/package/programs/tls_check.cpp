#include <plait/tls/client_tls_options.hpp>
#include <stdexcept>

int main() {
  const auto context = plait::optionsForClientTLS("bücher.example");
  if (!context->open() || context->handshakeTimeout() != std::chrono::seconds(30)) return 1;
  try {
    plait::optionsForClientTLS("");
  } catch (const std::invalid_argument&) {
    return 0;
  }
  return 1;
}
