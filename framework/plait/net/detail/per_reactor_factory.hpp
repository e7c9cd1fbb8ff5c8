#pragma once

#include <plait/core/factory.hpp>
#include <plait/net/detail/pool_impl.hpp>
#include <vector>

namespace plait::detail {

/// What ReactorPool::perReactor makes: one factory a reactor, each used by its thread alone.
///
/// They are stopped when this is, or before, when their reactor stops: later, nobody would run on
/// its thread.
class PerReactorFactory final : public Factory {
 public:
  PerReactorFactory(PoolImpl& pool, ReactorPool::FactoryMaker make)
      : pool_(pool.weak_from_this()), make_(std::move(make)), own_(pool.size()) {}

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override;
  void startFactory() override;
  void stopFactory() override;

 private:
  struct Own {  // of one reactor, for its thread
    std::shared_ptr<Factory> factory;
    std::uint64_t started = 0;  // by which start; 0 = is not
    std::uint64_t tried = 0;    // the last start
  };
  void startOwn(std::size_t index, std::uint64_t start);
  void stopOwn(std::size_t index, std::uint64_t start);

  std::weak_ptr<PoolImpl> pool_;
  ReactorPool::FactoryMaker make_;
  std::vector<Own> own_;
  std::atomic<std::uint64_t> starts_ = 0;
};

}  // namespace plait::detail
