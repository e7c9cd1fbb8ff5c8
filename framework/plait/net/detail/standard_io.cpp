#include <plait/net/detail/descriptor_connection.hpp>
#include <plait/net/detail/standard_io.hpp>

namespace plait::detail {

std::shared_ptr<Transport> openStandardIO(Loop& loop, std::shared_ptr<Protocol> protocol,
                                          const StandardIOOptions& options) {
  const Executor executor = loop.context().get_executor();
  auto connection = std::make_shared<DescriptorConnection>(
      loop, DescriptorEnd::share(executor, options.input, DescriptorEnd::Direction::in),
      DescriptorEnd::share(executor, options.output, DescriptorEnd::Direction::out),
      options.transport);
  connection->open(std::move(protocol));
  return connection;
}

}  // namespace plait::detail
