#include <termios.h>
#include <unistd.h>

#include <filesystem>
#include <plait/core/process_protocol.hpp>
#include <plait/net/detail/pseudo_terminal.hpp>

#include "support/net_test.hpp"
#include "support/raw_pipe.hpp"

namespace plait::testing {
namespace {

/// A pseudo-terminal, whose other side is the device at the end of the line.
class SerialPort : public NetTest {
 protected:
  void open(SerialOptions options = {}) {
    reactor.openSerialPort(name(), protocols->makeProtocol({}), options);
  }
  std::string name() const { return ::ttyname(pty.terminal.get()); }
  termios line() const {
    termios settings{};
    ::tcgetattr(pty.terminal.get(), &settings);
    return settings;
  }
  Connection& connection() { return protocols->last(); }

  plait::detail::PseudoTerminal pty;
  RawEnd device{std::move(pty.master)};
  std::shared_ptr<ScriptedFactory> protocols = ScriptedFactory::make();
};

TEST_F(SerialPort, CarriesBytesAsTheyAre) {
  open();
  Bytes all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  device.send(all);
  runUntil([&] { return connection().received == all; });
  connection().transport->write(all);
  runUntil([&] {
    device.receive();
    return device.received == all;
  });
}

TEST_F(SerialPort, CarriesMuch) {
  open();
  const Bytes data = pattern(kMegabyte);
  connection().transport->write(data);
  runUntil([&] {
    device.receive();
    return device.received.size() == data.size();
  });
  EXPECT_TRUE(device.received == data) << device.received.size();
}

TEST_F(SerialPort, Is9600BaudAnd8N1UnlessTold) {
  open();
  const termios settings = line();
  EXPECT_EQ(cfgetospeed(&settings), speed_t(B9600));
  EXPECT_EQ(settings.c_cflag & CSIZE, tcflag_t(CS8));
  EXPECT_FALSE(settings.c_cflag & (CSTOPB | CRTSCTS));
  EXPECT_FALSE(settings.c_iflag & (IXON | IXOFF));
}

TEST_F(SerialPort, HasTheSettingsAskedFor) {
  open({.baudRate = 115200,
        .characterSize = 7,
        .parity = SerialOptions::Parity::odd,
        .stopBits = SerialOptions::StopBits::two,
        .flowControl = SerialOptions::FlowControl::hardware});
  const termios settings = line();
  EXPECT_EQ(cfgetospeed(&settings), speed_t(B115200));
  EXPECT_EQ(cfgetispeed(&settings), speed_t(B115200));
  EXPECT_TRUE(settings.c_cflag & CSTOPB);
  EXPECT_TRUE(settings.c_cflag & CRTSCTS);
}

TEST_F(SerialPort, MayControlItsFlowByCharacters) {
  open({.flowControl = SerialOptions::FlowControl::software});
  const termios settings = line();
  EXPECT_TRUE(settings.c_iflag & IXON);
  EXPECT_TRUE(settings.c_iflag & IXOFF);
  EXPECT_FALSE(settings.c_cflag & CRTSCTS);
}

TEST_F(SerialPort, ThrowsForWhatCannotBeSet) {
  const auto protocol = protocols->makeProtocol({});
  const auto said = [&](SerialOptions options) -> std::string {
    try {
      reactor.openSerialPort(name(), protocol, options);
      return "nothing";
    } catch (const std::system_error& error) {
      return error.what();
    }
  };
  EXPECT_THAT(said({.baudRate = 12345}), HasSubstr(name() + ": baud rate"));
  EXPECT_THAT(said({.characterSize = 9}), HasSubstr("character size"));
  EXPECT_THAT(said({.stopBits = SerialOptions::StopBits::onePointFive}), HasSubstr("stop bits"));
  EXPECT_EQ(connection().made, 0);
}

TEST_F(SerialPort, ThrowsForWhatIsNoLine) {
  const auto protocol = protocols->makeProtocol({});
  const auto said = [&](const std::string& device) -> std::string {
    try {
      reactor.openSerialPort(device, protocol);
      return "nothing";
    } catch (const std::system_error& error) {
      return error.what();
    }
  };
  EXPECT_EQ(said("/dev/no-such"), "cannot open /dev/no-such: No such file or directory");
  EXPECT_THAT(said("/dev/null"), HasSubstr("cannot set up /dev/null: no terminal"));
  EXPECT_THROW(reactor.openSerialPort(name(), nullptr), std::invalid_argument);
}

TEST_F(SerialPort, TalksToWhatSocatHasAtTheEndOfTheLine) {
  const auto link =
      std::filesystem::temp_directory_path() / fmt::format("plait-tty-{}", ::getpid());
  const auto socat = reactor.spawnProcess(
      std::make_shared<ProcessProtocol>(), "socat",
      {.args = {"socat", fmt::format("PTY,link={},rawer", link.string()), "EXEC:cat"}});
  runUntil([&] { return std::filesystem::exists(link); });
  reactor.openSerialPort(link.string(), protocols->makeProtocol({}), {.baudRate = 57600});
  const Bytes data = pattern(100000);
  connection().transport->write(data);
  runUntil([&] { return connection().received.size() == data.size(); });
  EXPECT_TRUE(connection().received == data);
  socat->signalProcess("TERM");
  runUntil([&] { return connection().lost == 1 && socat->pid() == 0; });
}

TEST_F(SerialPort, IsLostWhenTheLineIsHungUp) {
  open();
  runWhatIsReady();
  device.close();
  runUntil([&] { return connection().lost == 1; });
}

}  // namespace
}  // namespace plait::testing
