// The program's command line: whatever the arguments are, they are understood, or UsageError says
// in one line what is wrong; what is understood is within its limits.
//
// Input: the arguments, one a line.
#include <plait/core/bytes.hpp>
#include <vector>

#include "../../../apps/plait/endpoints.hpp"
#include "../../../apps/plait/options.hpp"
#include "../support/check.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

using app::Options;

void checkOptions(const Options& options) {
  using Command = Options::Command;
  const bool listens = options.command == Command::serve || options.command == Command::forward;
  const bool connects = options.command == Command::connect || options.command == Command::forward;
  check((options.command == Command::serve) == (options.service != nullptr), "a service to serve");
  check(options.listen.empty() != listens, "where to listen");
  check(connects || options.to.empty(), "where to connect to");
  check(options.reactors >= 1 && options.reactors <= 1024, "how many reactors");
  check(options.drain >= std::chrono::seconds(0) && options.drain <= std::chrono::seconds(1000000),
        "how long to drain");
  check(options.serviceOptions.maxLength.value_or(0) <= UINT32_MAX, "the longest message");
}

void tryArguments(BytesView input) {
  std::vector<std::string> arguments = {"plait"};
  for (std::size_t at = 0; at < input.size();) {
    const std::size_t end = std::min(input.find('\n', at), input.size());
    arguments.emplace_back(input.substr(at, end - at));
    at = end + 1;
  }
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  pointers.push_back(nullptr);
  try {
    checkOptions(app::parseOptions(static_cast<int>(arguments.size()), pointers.data()));
  } catch (const app::UsageError& error) {
    const BytesView what(error.what());
    check(!what.empty() && what.find('\n') == BytesView::npos, "a complaint is one line");
  }
}

const Target target("command_line", tryArguments);

}  // namespace
}  // namespace plait::fuzz
