#pragma once

#include <memory>
#include <plait/core/protocol.hpp>
#include <string>

namespace plait {

/// Options of `standardIO`.
struct StandardIOOptions {
  /// What is read from and written to. Duplicates are taken; the ones given are left open, and
  /// without O_NONBLOCK, which other processes would see too.
  int input = 0;
  int output = 1;
  TransportOptions transport = {};
};

/// Options of `openSerialPort`: 9600 8N1, no flow control.
struct SerialOptions {
  enum class Parity { none, odd, even };
  enum class StopBits { one, onePointFive, two };
  enum class FlowControl { none, software, hardware };

  unsigned baudRate = 9600;
  unsigned characterSize = 8;
  Parity parity = Parity::none;
  StopBits stopBits = StopBits::one;
  FlowControl flowControl = FlowControl::none;
  TransportOptions transport = {};
};

/// Connections over what is no socket: standard input and output (pipes, terminals, files), any
/// pair of descriptors, serial ports. Twisted: `stdio.StandardIO`, `serialport.SerialPort`.
///
/// Thread: the reactor's only (before it runs: any one).
class ReactorStdio {
 public:
  virtual ~ReactorStdio() = default;

  /// `protocol` speaks over standard input and output: `connectionMade` from inside this call. The
  /// end of the input is an end of file: the connection is closed when what is buffered has been
  /// written, unless the protocol is half-closeable. Output that nobody reads any more (EPIPE)
  /// loses it. Throws std::system_error when a descriptor is not open.
  virtual std::shared_ptr<Transport> standardIO(std::shared_ptr<Protocol> protocol,
                                                StandardIOOptions options = {}) = 0;
  /// `protocol` speaks over a serial device, such as "/dev/ttyUSB0", or a pseudo-terminal. Throws
  /// std::system_error when it cannot be opened or set up.
  virtual std::shared_ptr<Transport> openSerialPort(std::string device,
                                                    std::shared_ptr<Protocol> protocol,
                                                    SerialOptions options = {}) = 0;
};

}  // namespace plait
