#pragma once

#include <plait/core/reactor_stdio.hpp>
#include <plait/net/detail/loop.hpp>

namespace plait::detail {

/// The work of Reactor::standardIO and Reactor::openSerialPort.
std::shared_ptr<Transport> openStandardIO(Loop& loop, std::shared_ptr<Protocol> protocol,
                                          const StandardIOOptions& options);
std::shared_ptr<Transport> openSerialPort(Loop& loop, const std::string& device,
                                          std::shared_ptr<Protocol> protocol,
                                          const SerialOptions& options);

}  // namespace plait::detail
