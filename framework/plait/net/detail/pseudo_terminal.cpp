#include <fcntl.h>

#include <cerrno>
#include <cstdlib>
#include <plait/net/detail/pseudo_terminal.hpp>
#include <system_error>

namespace plait::detail {

PseudoTerminal::PseudoTerminal() : master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
  char name[64];
  if (master && ::grantpt(master.get()) == 0 && ::unlockpt(master.get()) == 0 &&
      ::ptsname_r(master.get(), name, sizeof name) == 0) {
    terminal = UniqueDescriptor(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  }
  if (!terminal) {
    throw std::system_error(errno, std::system_category(), "cannot open a pseudo-terminal");
  }
}

}  // namespace plait::detail
