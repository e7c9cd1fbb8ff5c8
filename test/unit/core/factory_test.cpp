#include <gtest/gtest.h>

#include <functional>
#include <plait/core/factory.hpp>
#include <stdexcept>

namespace plait {
namespace {

struct CountingFactory : Factory {
  std::shared_ptr<Protocol> buildProtocol(const Address& address) override {
    built.push_back(address);
    return std::exchange(next, nullptr);
  }
  void startFactory() override { ++starts; }
  void stopFactory() override { ++stops; }

  std::shared_ptr<Protocol> next = std::make_shared<Protocol>();
  std::vector<Address> built;
  int starts = 0;
  int stops = 0;
};

const Address kPeer = IPv4Address{{1, 2, 3, 4}, 5};

TEST(Factory, StartsWithItsFirstUserAndStopsWithItsLast) {
  CountingFactory factory;
  EXPECT_EQ(factory.numPorts(), 0);
  factory.doStart();
  factory.doStart();
  EXPECT_EQ(factory.numPorts(), 2);
  EXPECT_EQ(factory.starts, 1);
  factory.doStop();
  EXPECT_EQ(factory.stops, 0);
  factory.doStop();
  EXPECT_EQ(factory.stops, 1);
  EXPECT_EQ(factory.numPorts(), 0);
}

TEST(Factory, StartsAgainAfterItStopped) {
  CountingFactory factory;
  factory.doStart();
  factory.doStop();
  factory.doStart();
  EXPECT_EQ(factory.starts, 2);
}

TEST(Factory, IgnoresStopsNobodyStarted) {
  CountingFactory factory;
  factory.doStop();
  EXPECT_EQ(factory.stops, 0);
  EXPECT_EQ(factory.numPorts(), 0);
}

TEST(Factory, IsSetOnTheProtocolsItMakes) {
  auto factory = std::make_shared<CountingFactory>();
  auto protocol = factory->makeProtocol(kPeer);
  ASSERT_TRUE(protocol);
  EXPECT_EQ(&protocol->factory(), factory.get());
  EXPECT_EQ(protocol->factoryAs<CountingFactory>().built, (std::vector<Address>{kPeer}));
}

TEST(Factory, LeavesAFactoryThatIsSetAlready) {
  auto outer = std::make_shared<CountingFactory>();
  auto inner = std::make_shared<CountingFactory>();
  outer->next->setFactory(inner);
  EXPECT_EQ(&outer->makeProtocol(kPeer)->factory(), inner.get());
}

TEST(Factory, MayRefuseAConnection) {
  auto factory = std::make_shared<CountingFactory>();
  factory->next = nullptr;
  EXPECT_EQ(factory->makeProtocol(kPeer), nullptr);
}

TEST(Factory, IsReferredToWeaklyByItsProtocolsSoThatItMayKeepThem) {
  auto factory = std::make_shared<CountingFactory>();
  const std::weak_ptr<CountingFactory> watch = factory;
  auto protocol = std::exchange(factory->next, nullptr);
  protocol->setFactory(factory);
  EXPECT_EQ(&protocol->factory(), factory.get());
  factory.reset();
  EXPECT_TRUE(watch.expired());
  EXPECT_FALSE(protocol->hasFactory());
  EXPECT_THROW(protocol->factory(), std::logic_error);
}

struct Greeter : Protocol {
  Greeter() = default;
  Greeter(std::string name, int& count) : name(std::move(name)) { ++count; }
  std::string name = "nobody";
};

TEST(FactoryForProtocol, MakesAProtocolPerConnection) {
  auto factory = Factory::forProtocol<Greeter>();
  auto first = factory->makeProtocol(kPeer);
  auto second = factory->makeProtocol(kPeer);
  EXPECT_NE(first, second);
  EXPECT_EQ(dynamic_cast<Greeter&>(*first).name, "nobody");
  EXPECT_EQ(&first->factory(), factory.get());
}

TEST(FactoryForProtocol, GivesEachProtocolTheArguments) {
  int count = 0;
  auto factory = Factory::forProtocol<Greeter>("Ann", std::ref(count));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(dynamic_cast<Greeter&>(*factory->makeProtocol(kPeer)).name, "Ann");
  }
  EXPECT_EQ(count, 3);
}

TEST(FactoryForProtocol, CopiesItsArguments) {
  int count = 0;
  std::string name = "Ann";
  auto factory = Factory::forProtocol<Greeter>(name, std::ref(count));
  name = "Bob";
  EXPECT_EQ(dynamic_cast<Greeter&>(*factory->makeProtocol(kPeer)).name, "Ann");
}

}  // namespace
}  // namespace plait
