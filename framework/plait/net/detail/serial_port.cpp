#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>

#include <boost/asio/serial_port_base.hpp>
#include <cerrno>
#include <plait/net/detail/descriptor_connection.hpp>
#include <plait/net/detail/standard_io.hpp>
#include <system_error>

namespace plait::detail {

namespace {

using Base = asio::serial_port_base;

template <class Option, class Value>
void store(termios& line, const char* what, Value value) {
  ErrorCode error;
  try {
    Option(value).store(line, error);  // Asio's, which knows the system's constants
  } catch (const std::out_of_range&) {
    error = asio::error::invalid_argument;
  }
  if (error) throw std::system_error(std::error_code(error), what);
}

Base::parity::type parity(SerialOptions::Parity wanted) {
  switch (wanted) {
    case SerialOptions::Parity::odd:
      return Base::parity::odd;
    case SerialOptions::Parity::even:
      return Base::parity::even;
    case SerialOptions::Parity::none:
      break;
  }
  return Base::parity::none;
}

Base::stop_bits::type stopBits(SerialOptions::StopBits wanted) {
  switch (wanted) {
    case SerialOptions::StopBits::onePointFive:
      return Base::stop_bits::onepointfive;
    case SerialOptions::StopBits::two:
      return Base::stop_bits::two;
    case SerialOptions::StopBits::one:
      break;
  }
  return Base::stop_bits::one;
}

Base::flow_control::type flowControl(SerialOptions::FlowControl wanted) {
  switch (wanted) {
    case SerialOptions::FlowControl::software:
      return Base::flow_control::software;
    case SerialOptions::FlowControl::hardware:
      return Base::flow_control::hardware;
    case SerialOptions::FlowControl::none:
      break;
  }
  return Base::flow_control::none;
}

/// Bytes as they are, one at a time, whether or not there is a modem with a carrier.
void setUp(int descriptor, const SerialOptions& options) {
  termios line{};
  if (::tcgetattr(descriptor, &line) != 0) {
    throw std::system_error(errno, std::system_category(), "no terminal");
  }
  ::cfmakeraw(&line);
  line.c_cc[VMIN] = 1;
  line.c_cc[VTIME] = 0;
  line.c_cflag |= CREAD | CLOCAL;
  line.c_iflag |= IGNPAR;
  store<Base::baud_rate>(line, "baud rate", options.baudRate);
  store<Base::character_size>(line, "character size", options.characterSize);
  store<Base::parity>(line, "parity", parity(options.parity));
  store<Base::stop_bits>(line, "stop bits", stopBits(options.stopBits));
  store<Base::flow_control>(line, "flow control", flowControl(options.flowControl));
  if (::tcsetattr(descriptor, TCSANOW, &line) != 0) {
    throw std::system_error(errno, std::system_category(), "the line refuses its settings");
  }
}

}  // namespace

std::shared_ptr<Transport> openSerialPort(Loop& loop, const std::string& device,
                                          std::shared_ptr<Protocol> protocol,
                                          const SerialOptions& options) {
  UniqueDescriptor in(::open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  UniqueDescriptor out(in ? ::fcntl(in.get(), F_DUPFD_CLOEXEC, 3) : -1);
  if (!out) {
    throw std::system_error(errno, std::system_category(), fmt::format("cannot open {}", device));
  }
  try {
    setUp(in.get(), options);
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(),
                            fmt::format("cannot set up {}: {}", device, error.what()));
  }
  const Executor executor = loop.context().get_executor();
  auto connection = std::make_shared<DescriptorConnection>(
      loop, DescriptorEnd::own(executor, std::move(in), DescriptorEnd::Direction::in),
      DescriptorEnd::own(executor, std::move(out), DescriptorEnd::Direction::out),
      options.transport);
  connection->open(std::move(protocol));
  return connection;
}

}  // namespace plait::detail
