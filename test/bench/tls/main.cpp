// What TLS costs a server: plait beside asio::ssl::stream, CPU time for the same work, the two
// taking turns. bench_tls [ROUNDS]

#include <fmt/core.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "client.hpp"
#include "servers.hpp"
#include "unit/support/test_certificates.hpp"

namespace {

struct Scenario {
  const char* name;
  std::size_t connections;
  std::size_t messageSize;
  std::size_t pieceSize;  ///< of the server's writes; 0 = as it came
  int rounds;
  double bar;
};

constexpr Scenario kScenarios[] = {
    {"echo, 64 bytes, 64 connections", 64, 64, 0, 300, 1.05},
    {"echo, 64 KiB, 4 connections", 4, 64 * 1024, 0, 300, 1.05},
    {"100 answers of 64 bytes at once, 16 connections", 16, 6400, 64, 100, 1.00},
};

constexpr int kIdle = 400;  // two descriptors each stay below the usual limit

/// A server in a process of its own.
class Server {
 public:
  Server(void (*serve)(const ServerOptions&), ServerOptions options) {
    int ready[2];
    if (::pipe(ready) != 0) throw std::system_error(errno, std::system_category(), "pipe");
    options.ready = [fd = ready[1]](std::uint16_t port) {
      const std::string text = fmt::format("{}\n", port);
      if (::write(fd, text.data(), text.size()) < 0) ::_exit(1);
    };
    pid_ = ::fork();
    if (pid_ == 0) {
      serve(options);
      ::_exit(1);
    }
    ::close(ready[1]);
    char text[16] = {};
    if (::read(ready[0], text, sizeof text - 1) <= 0) throw std::runtime_error("no server");
    ::close(ready[0]);
    port_ = static_cast<std::uint16_t>(std::atoi(text));
    ::clock_getcpuclockid(pid_, &clock_);
  }
  Server(const Server&) = delete;
  ~Server() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  std::uint16_t port() const { return port_; }
  double residentKiB() const {
    std::ifstream status(fmt::format("/proc/{}/status", pid_));
    std::string word;
    double kib = 0;
    while (status >> word && word != "VmRSS:") {
    }
    status >> kib;
    return kib;
  }
  double processorSeconds() const {
    timespec time;
    ::clock_gettime(clock_, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }

 private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
  clockid_t clock_{};
};

/// CPU microseconds of the server for a message.
double measure(Server& server, Client& client, const Scenario& scenario) {
  const double before = server.processorSeconds();
  for (int i = 0; i < scenario.rounds; ++i) client.round();
  const double messages =
      static_cast<double>(scenario.rounds) * static_cast<double>(scenario.connections);
  return (server.processorSeconds() - before) * 1e6 / messages;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(const Scenario& scenario, const std::string& certificate, int rounds) {
  const ServerOptions options{.certificateAndKey = certificate, .pieceSize = scenario.pieceSize};
  Server asioServer(serveAsio, options);
  Server plaitServer(servePlait, options);
  Client asioClient(asioServer.port(), scenario.connections, scenario.messageSize);
  Client plaitClient(plaitServer.port(), scenario.connections, scenario.messageSize);
  std::vector<double> asio, plait, ratios;
  for (int i = -1; i < rounds; ++i) {
    const double a = measure(asioServer, asioClient, scenario);
    const double p = measure(plaitServer, plaitClient, scenario);
    if (i < 0) continue;  // warming up
    asio.push_back(a);
    plait.push_back(p);
    ratios.push_back(p / a);
  }
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  fmt::print("{:<50} {:>9.2f} {:>9.2f} {:>8.3f} {:>6.3f} to {:.3f} {:>6.2f} {}\n", scenario.name,
             median(asio), median(plait), median(ratios), *least, *most, scenario.bar,
             median(ratios) <= scenario.bar ? "" : "MISSED");
}

/// What a connection costs that has sent one message and waits.
double idleKiB(Server& server) {
  Client(server.port(), 50, 64).round();  // what the first connections cost once
  const double before = server.residentKiB();
  Client idle(server.port(), kIdle, 64);
  idle.round();
  return (server.residentKiB() - before) / kIdle;
}

void compareMemory(const std::string& certificate) {
  const ServerOptions options{.certificateAndKey = certificate};
  Server asioServer(serveAsio, options);
  Server plaitServer(servePlait, options);
  const double asio = idleKiB(asioServer);
  const double plait = idleKiB(plaitServer);
  fmt::print("\n{:<50} {:>9} {:>9} {:>8}\n", "KiB of the server an idle connection", "asio",
             "plait", "ratio");
  fmt::print("{:<50} {:>9.1f} {:>9.1f} {:>8.3f}\n", fmt::format("{} connections", kIdle), asio,
             plait, plait / asio);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 9;
  const auto certificate = plait::testing::selfSigned({.names = {"localhost"}});
  fmt::print("{:<50} {:>9} {:>9} {:>8} {:>15} {:>6}\n", "CPU us of the server a message", "asio",
             "plait", "ratio", "", "bar");
  for (const Scenario& scenario : kScenarios) {
    compare(scenario, certificate.keyPEM + certificate.certificatePEM, std::max(rounds, 1));
  }
  compareMemory(certificate.keyPEM + certificate.certificatePEM);
}
