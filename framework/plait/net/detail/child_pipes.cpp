#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <plait/net/detail/child_launch.hpp>
#include <plait/net/detail/child_pipes.hpp>
#include <plait/net/detail/pseudo_terminal.hpp>
#include <stdexcept>
#include <system_error>

namespace plait::detail {

namespace {

using Direction = DescriptorEnd::Direction;

}  // namespace

ChildPipes::ChildPipes(const Executor& executor, const ProcessOptions& options, ChildLaunch& launch)
    : executor_(executor), launch_(launch) {
  if (options.usePTY) {
    makeTerminal();
    return;
  }
  for (const auto& [childFD, wanted] : options.childFDs) {
    if (childFD < 0) throw std::invalid_argument("spawnProcess: a negative descriptor");
    if (wanted.kind == ChildFD::Kind::inherit) {
      inherit(childFD, wanted.descriptor);
    } else {
      makePipe(childFD, wanted.kind);
    }
  }
}

void ChildPipes::inherit(int childFD, int descriptor) {
  if (::fcntl(descriptor, F_GETFD) < 0) {
    throw std::system_error(errno, std::system_category(),
                            fmt::format("descriptor {}, for the child's {}", descriptor, childFD));
  }
  launch_.give(descriptor, childFD);
}

void ChildPipes::makePipe(int childFD, ChildFD::Kind kind) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::system_category(),
                            fmt::format("cannot make a pipe for descriptor {}", childFD));
  }
  UniqueDescriptor read(ends[0]);
  UniqueDescriptor write(ends[1]);
  DescriptorEnd in;
  DescriptorEnd out;
  if (kind == ChildFD::Kind::read) {
    in = DescriptorEnd::own(executor_, std::move(read), Direction::in);
    childsEnds_.push_back(std::move(write));
  } else {
    out = DescriptorEnd::own(executor_, std::move(write), Direction::out);
    childsEnds_.push_back(std::move(read));
  }
  launch_.give(childsEnds_.back().get(), childFD);
  ours_.push_back({childFD, kind, std::move(in), std::move(out)});
}

void ChildPipes::makeTerminal() {
  PseudoTerminal pty;
  UniqueDescriptor output(::fcntl(pty.master.get(), F_DUPFD_CLOEXEC, 3));
  if (!output) {
    throw std::system_error(errno, std::system_category(), "cannot open a pseudo-terminal");
  }
  for (int childFD = 0; childFD <= 2; ++childFD) launch_.give(pty.terminal.get(), childFD);
  launch_.giveTerminal();
  childsEnds_.push_back(std::move(pty.terminal));
  ours_.push_back({1, ChildFD::Kind::read,
                   DescriptorEnd::own(executor_, std::move(pty.master), Direction::in),
                   DescriptorEnd::own(executor_, std::move(output), Direction::out)});
}

}  // namespace plait::detail
