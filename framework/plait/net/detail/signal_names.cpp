#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <plait/net/detail/signal_names.hpp>
#include <stdexcept>

namespace plait::detail {

namespace {

struct Named {
  std::string_view name;
  int number;
};

constexpr Named kSignals[] = {
    {"ABRT", SIGABRT},     {"ALRM", SIGALRM},   {"BUS", SIGBUS},   {"CHLD", SIGCHLD},
    {"CONT", SIGCONT},     {"FPE", SIGFPE},     {"HUP", SIGHUP},   {"ILL", SIGILL},
    {"INT", SIGINT},       {"KILL", SIGKILL},   {"PIPE", SIGPIPE}, {"PROF", SIGPROF},
    {"QUIT", SIGQUIT},     {"SEGV", SIGSEGV},   {"STOP", SIGSTOP}, {"SYS", SIGSYS},
    {"TERM", SIGTERM},     {"TRAP", SIGTRAP},   {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN},
    {"TTOU", SIGTTOU},     {"URG", SIGURG},     {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
    {"VTALRM", SIGVTALRM}, {"WINCH", SIGWINCH}, {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ},
};

}  // namespace

int signalNumber(std::string_view name) {
  const std::string_view bare = name.starts_with("SIG") ? name.substr(3) : name;
  const auto* found = std::find_if(std::begin(kSignals), std::end(kSignals),
                                   [&](const Named& each) { return each.name == bare; });
  if (found == std::end(kSignals)) {
    throw std::invalid_argument(fmt::format("'{}' is no signal's name", name));
  }
  return found->number;
}

}  // namespace plait::detail
