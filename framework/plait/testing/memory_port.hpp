#pragma once

#include <plait/core/factory.hpp>
#include <plait/core/reactor_tcp.hpp>
#include <plait/core/reactor_unix.hpp>

namespace plait::testing {

/// A listener of a MemoryReactor.
class MemoryPort final : public ListeningPort {
 public:
  MemoryPort(Address host, std::shared_ptr<Factory> factory, ListenOptions options);
  MemoryPort(UNIXAddress host, std::shared_ptr<Factory> factory, UNIXListenOptions options);

  Address getHost() const override { return host_; }

  bool listening() const { return listening_; }
  Factory& factory() const { return *factory_; }
  /// What it was opened with: one for TCP and adopted sockets, one for UNIX sockets.
  const ListenOptions& options() const { return options_; }
  const UNIXListenOptions& unixOptions() const { return unixOptions_; }

 private:
  void doStopListening(UniqueFunction<void()> stopped) override;

  Address host_;
  std::shared_ptr<Factory> factory_;
  ListenOptions options_;
  UNIXListenOptions unixOptions_;
  bool listening_ = true;
};

}  // namespace plait::testing
