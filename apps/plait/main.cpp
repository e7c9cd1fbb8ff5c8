#include <fcntl.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "connect.hpp"
#include "endpoints.hpp"
#include "options.hpp"
#include "serve.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

/// One line on stderr, whatever the message has in it.
int complain(int status, const char* message) {
  std::string line = "plait: ";
  for (const char* c = message; *c; ++c) line += static_cast<unsigned char>(*c) < ' ' ? ' ' : *c;
  line += '\n';
  std::fputs(line.c_str(), stderr);
  return status;
}

/// Started without standard input, output or error, the first sockets would be taken for them.
void openStandardStreams() {
  for (int stream = 0; stream <= 2; ++stream) {
    if (fcntl(stream, F_GETFD) == -1) open("/dev/null", stream == 0 ? O_RDONLY : O_WRONLY);
  }
}

void run(const plait::app::Options& options) {
  using Command = plait::app::Options::Command;
  plait::standardLog().setLevel(options.logLevel);
  switch (options.command) {
    case Command::help:
      fmt::print("{}", plait::app::helpText());
      return;
    case Command::version:
      fmt::print("plait {}\n", PLAIT_VERSION);
      return;
    case Command::serve:
      plait::app::serve(options);
      return;
    case Command::forward:
      plait::app::forward(options);
      return;
    case Command::demo:
      plait::app::demo(options);
      return;
    case Command::connect:
      plait::app::connect(options);
      return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  openStandardStreams();
  // Whoever reads our output may go away; the connections stay.
  std::signal(SIGPIPE, SIG_IGN);
  // A traffic log may reach the limit of a file's size; that is an error of writing.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    run(plait::app::parseOptions(argc, argv));
  } catch (const plait::app::UsageError& error) {
    return complain(kUsage, error.what());
  } catch (const std::exception& error) {
    return complain(kFailed, error.what());
  }
  return 0;
}
